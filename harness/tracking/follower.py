"""What trackers share: a run as curves of numbers and, at its end, tables and figures, whatever tool shows them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from harness.errors import UserError
from harness.hookspecs import hookimpl
from harness.outputs import portable_name
from harness.results.schema import ARM, LANGUAGE, SEED, SPLIT, TASK

if TYPE_CHECKING:
    from harness.tracking.summary import RunSummary

NAMED = (ARM, SEED, TASK, LANGUAGE, SPLIT)
"""Coordinates that every score has; the others become a part of its name."""


class Curve(Protocol):
    """Numbers by step under one name, as a tool keeps them; some tools call it a run."""

    def write(self, values: Mapping[str, float], step: int) -> None:
        """Add values of one optimiser step; a killed process should lose as few as the tool allows."""

    def show(self, summary: RunSummary) -> None:
        """Add tables and figures."""

    def close(self) -> None:
        """Nothing more is written."""


@dataclass(frozen=True)
class Continued:
    """A curve of which a tool has points already, which it would show a second time.

    Attributes:
        last: by the name of the numbers, the step of the last ones that it has; those of steps up to there come again.
    """

    curve: Curve
    last: Mapping[str, int]

    def write(self, values: Mapping[str, float], step: int) -> None:
        """Add what is new of a step's values."""
        new = {tag: value for tag, value in values.items() if tag not in self.last or step > self.last[tag]}
        if new:
            self.curve.write(new, step)

    def show(self, summary: RunSummary) -> None:
        """Add tables and figures."""
        self.curve.show(summary)

    def close(self) -> None:
        """Nothing more is written."""
        self.curve.close()


OpenCurve = Callable[[str, int | None], Curve]
"""Begins or continues the curve of a name.

Of a phase it also gets how many steps stay: later ones were written by an interrupted run and come again. A tool that
cannot forget these has a `Continued` curve. Nothing comes again of scores, for which it gets None.
"""


class RunFollower:
    """Life-cycle hooks that write a run as curves: what `Tracker.start` returns.

    Curves are named `phases/PHASE-TASKS-seedN-DIGEST`, shared by all runs that need the phase, `scores/RUN/ARM-seedN`
    with the scores of a run's models, and `scores/RUN/summary` with its tables and figures. What is no name for a file,
    such as a mixture's label, becomes one by `portable_name`.

    Args:
        open_curve: begins or continues a curve.
    """

    def __init__(self, open_curve: OpenCurve) -> None:
        self._open_curve = open_curve
        self._run = ""
        self._phase: Curve | None = None
        self._scores: dict[str, Curve] = {}
        self._kept: dict[str, int] = {}

    @hookimpl
    def run_started(self, run: Mapping[str, Any]) -> None:
        """Remember the run's name, which its scores go by."""
        self._close_all()
        self._run = Path(run["directory"]).name
        self._kept = {}

    @hookimpl
    def phase_started(self, phase: Mapping[str, Any]) -> None:
        """Begin the phase's curve, or continue it."""
        self._close_phase()
        tasks = phase["tasks"] if len(phase["tasks"]) <= 3 else [f"{len(phase['tasks'])}-tasks"]
        name = f"{phase['name']}-{'_'.join(tasks)}-seed{phase['seed']}-{phase['digest'][:8]}"
        self._phase = self._open_curve(f"phases/{portable_name(name)}", phase["step"])

    @hookimpl
    def step_finished(self, step: Mapping[str, Any]) -> None:
        """Write the step."""
        if self._phase is None:
            return
        values = {
            _tag("loss", step["task"]): step["loss"],
            "learning_rate": step["learning_rate"],
            "gradient_norm": step["gradient_norm"],
            "tokens_per_second": step["tokens"] / max(step["seconds"], 1e-9),
            "padding_percent": 100 * (1 - step["tokens"] / step["padded_tokens"]),
        }
        self._phase.write(values, step["step"])

    @hookimpl
    def phase_finished(self) -> None:
        """End the phase's curve."""
        self._close_phase()

    @hookimpl
    def phase_failed(self) -> None:
        """End the phase's curve where it was interrupted."""
        self._close_phase()

    @hookimpl
    def record_written(self, record: Mapping[str, Any]) -> None:
        """Write a score, at the step of the checkpoint it is of."""
        result = record["result"]
        if record["record"] == "model":
            self._kept[result["digest"]] = result["phases"][-1]["kept_step"] if result["phases"] else 0
        elif record["record"] == "score" and result["status"] == "ok":
            at = result["at"]
            further = [str(value) for coordinate, value in at.items() if coordinate not in NAMED]
            tag = _tag(at[TASK], result["metric"], at[LANGUAGE], *further)
            curve = self._of_scores(portable_name(f"{at[ARM]}-seed{at[SEED]}"))
            curve.write({tag: result["value"]}, self._kept[result["model"]])

    @hookimpl
    def run_finished(self, run: Mapping[str, Any]) -> None:
        """Write the tables and figures of the run, and end all curves."""
        try:
            if run["ok"]:
                from harness.tracking.summary import summarize_run

                self._of_scores("summary").show(summarize_run(Path(run["directory"])))
        finally:
            self._close_all()

    def _of_scores(self, name: str) -> Curve:
        if name not in self._scores:
            self._scores[name] = self._open_curve(f"scores/{self._run}/{name}", None)
        return self._scores[name]

    def _close_phase(self) -> None:
        if self._phase is not None:
            self._phase.close()
            self._phase = None

    def _close_all(self) -> None:
        self._close_phase()
        for curve in self._scores.values():
            curve.close()
        self._scores = {}


def _tag(*parts: str) -> str:
    """What numbers are called in a curve, in characters that every tool takes and none has to change."""
    return "/".join(portable_name(part, case_counts=True) for part in parts)


@contextlib.contextmanager
def needs_extra(package: str, extra: str) -> Iterator[None]:
    """Say what to install where an import within fails.

    Args:
        package: what is imported, in words.
        extra: of this program, that brings it.

    Raises:
        UserError: it is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise UserError(
            f"{package} is not installed",
            code="package-missing",
            where=str(error),
            fix=f"pip install 'xharness[{extra}]'",
        ) from None
