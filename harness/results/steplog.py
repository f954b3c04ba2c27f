"""steps.jsonl: one line an optimiser step, for curves; and how to read it after interruptions."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import NothingToShow, StoreError
from harness.hookspecs import hookimpl
from harness.outside import parse_json

if TYPE_CHECKING:
    import pandas as pd

FILE = "steps.jsonl"

EVENT = "event"
STARTED, STEP, FINISHED, FAILED = "phase_started", "step", "phase_finished", "phase_failed"


NEEDED = {STARTED: {"digest", "from_step"}, STEP: {"digest", "step"}, FINISHED: {"digest"}, FAILED: {"digest"}}
"""What a line has at least, by its event."""


class StepLog:
    """Writes every step of a run's phases to its directory, each at once.

    Args:
        directory: of the run.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._phase: dict[str, Any] = {}

    @hookimpl
    def phase_started(self, phase: Mapping[str, Any]) -> None:
        """Write what the phase trains and after which step it goes on; steps that follow belong to it."""
        self._phase = {"phase": phase["name"], "digest": phase["digest"], "seed": phase["seed"]}
        about = {name: phase[name] for name in ("tasks", "shares", "steps", "batch_size", "precision", "weights")}
        self._append(STARTED, {"from_step": phase["step"], **about})

    @hookimpl
    def step_finished(self, step: Mapping[str, Any]) -> None:
        """Write the step."""
        self._append(STEP, step)

    @hookimpl
    def phase_finished(self, phase: Mapping[str, Any]) -> None:
        """Write which step's checkpoint was kept."""
        self._append(FINISHED, {name: phase[name] for name in ("steps", "kept_step", "tokens", "seconds")})

    @hookimpl
    def phase_failed(self, phase: Mapping[str, Any]) -> None:
        """Write why; the phase may not have begun."""
        self._phase = {"phase": phase["name"], "digest": phase["digest"]}
        self._append(FAILED, {"error": phase["error"]})

    def _append(self, event: str, line: Mapping[str, Any]) -> None:
        text = json.dumps({EVENT: event, **self._phase, **line}, ensure_ascii=False)
        # In one piece, so that a process that is killed leaves whole lines.
        with self._path.open("ab", buffering=0) as file:
            file.write(text.encode("utf-8", errors="backslashreplace") + b"\n")


def read_steps(*runs: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The steps of one or more runs, each step of a phase once.

    Where a phase went on from a checkpoint, the steps after it that an earlier process had done are left out: their
    weights were lost, and the ones that follow took their place.

    Args:
        runs: run directories, oldest first.

    Raises:
        NothingToShow: one of them is no directory of a run.
    """
    phases: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        for line in _lines(Path(run)):
            steps = phases.setdefault(line["digest"], [])
            if line[EVENT] == STARTED:
                steps[:] = [step for step in steps if step["step"] <= line["from_step"]]
            elif line[EVENT] == STEP:
                steps.append({name: value for name, value in line.items() if name != EVENT} | {"run": str(run)})
    return [step for steps in phases.values() for step in steps]


def load_steps(*runs: str | os.PathLike[str]) -> pd.DataFrame:
    """The steps of one or more runs as a table, for curves.

    Args:
        runs: run directories, oldest first; of an interrupted phase, give those of every attempt.

    Returns:
        One row a step: phase, digest, seed, step, steps, task, loss, task_loss, learning_rate, gradient_norm, tokens,
        padded_tokens, seconds, run. No step of a phase is there twice.
    """
    import pandas as pd

    return pd.DataFrame(read_steps(*runs))


def _lines(directory: Path) -> Iterator[dict[str, Any]]:
    if not directory.is_dir():
        raise NothingToShow(f"there is no run {directory.name!r}", code="unknown-run", where=str(directory))
    path = directory / FILE
    for number, line in enumerate(path.read_bytes().splitlines() if path.is_file() else [], start=1):
        try:
            found = parse_json(line, half_pairs=True)
        except ValueError:
            # The machine went down while it was written.
            return
        if not isinstance(found, dict) or not found.keys() >= NEEDED.get(str(found.get(EVENT)), {EVENT, "digest"}):
            raise StoreError(
                "not a line about a step or a phase",
                code="not-a-step",
                where=f"{path}:{number}",
                fix="delete the line; or the file, without which only curves are lost",
            )
        yield found
