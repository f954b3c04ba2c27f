"""TensorBoard: the curve of each phase, and the scores of each run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import harness

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class TensorBoard:
    """Writes a TensorBoard run for each phase, shared by all runs that need the phase, and one for each run's models.

    Args:
        directory: gets `phases/NAME-TASKS-seedN-DIGEST` and `scores/RUN/ARM-seedN`.
    """

    def __init__(self, directory: Path) -> None:
        # Now and not with the first phase: where it is missing, nothing must be trained in vain.
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise harness.UserError(
                "TensorBoard is not installed",
                code="package-missing",
                where=str(error),
                fix="pip install 'xharness[tensorboard]'",
            ) from None
        self._make_writer = SummaryWriter
        self._directory = directory
        self._phase: SummaryWriter | None = None
        self._run = ""
        self._kept: dict[str, int] = {}

    @harness.hookimpl
    def run_started(self, run: Mapping[str, Any]) -> None:
        """Remember the run's name, which its scores go by."""
        self._run = Path(run["directory"]).name
        self._kept = {}

    @harness.hookimpl
    def phase_started(self, phase: Mapping[str, Any]) -> None:
        """Begin the phase's curve, or go on with it."""
        self._close()
        tasks = phase["tasks"] if len(phase["tasks"]) <= 3 else [f"{len(phase['tasks'])}-tasks"]
        name = f"{phase['name']}-{'+'.join(tasks)}-seed{phase['seed']}-{phase['digest'][:8]}"
        # TensorBoard forgets the steps from there on that an interrupted run wrote: they are done anew.
        directory = str(self._directory / "phases" / _file_name(name))
        self._phase = self._make_writer(directory, purge_step=phase["step"] + 1)

    @harness.hookimpl
    def step_finished(self, step: Mapping[str, Any]) -> None:
        """Write the step."""
        if self._phase is None:
            return
        values = {
            f"loss/{step['task']}": step["loss"],
            "learning_rate": step["learning_rate"],
            "gradient_norm": step["gradient_norm"],
            "tokens_per_second": step["tokens"] / max(step["seconds"], 1e-9),
            "padding_percent": 100 * (1 - step["tokens"] / step["padded_tokens"]),
        }
        for tag, value in values.items():
            self._phase.add_scalar(tag, value, step["step"])
        # A process that is killed goes on from a checkpoint; no step before that must be missing.
        self._phase.flush()

    @harness.hookimpl
    def phase_finished(self) -> None:
        """End the phase's curve."""
        self._close()

    @harness.hookimpl
    def phase_failed(self) -> None:
        """End the phase's curve where it broke off."""
        self._close()

    @harness.hookimpl
    def record_written(self, record: Mapping[str, Any]) -> None:
        """Write a score, at the step of the checkpoint it is of."""
        result = record["result"]
        if record["record"] == "model":
            self._kept[result["digest"]] = result["phases"][-1]["kept_step"] if result["phases"] else 0
        elif record["record"] == "score" and result["status"] == "ok":
            at = result["at"]
            name = _file_name(f"{at['arm']}-seed{at['seed']}")
            further = [str(value) for coordinate, value in at.items() if coordinate not in KNOWN]
            tag = "/".join([at["task"], result["metric"], at["language"], *map(_file_name, further)])
            with self._make_writer(str(self._directory / "scores" / self._run / name)) as writer:
                writer.add_scalar(tag, result["value"], self._kept[result["model"]])

    def _close(self) -> None:
        if self._phase is not None:
            self._phase.close()
            self._phase = None


KNOWN = ("arm", "seed", "task", "language", "split")
"""Coordinates that every score has; the others become a part of the curve's name."""


def _file_name(text: str) -> str:
    return re.sub(r"[^\w.+-]+", "_", text.replace(" + ", "+"))


@harness.hookimpl
def register_trackers(register: Callable[[harness.Tracker], None]) -> None:
    """Register it as `--track tensorboard`."""
    register(harness.Tracker(name="tensorboard", start=TensorBoard))
