"""steps.jsonl: one line an optimiser step, for curves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.hookspecs import hookimpl

FILE = "steps.jsonl"


class StepLog:
    """Writes every step of a run's phases to its directory.

    Args:
        directory: of the run.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._phase: dict[str, Any] = {}

    @hookimpl
    def phase_started(self, phase: Mapping[str, Any]) -> None:
        """Write which weights the phase begins with; remember its name for the lines of its steps."""
        self._phase = {"phase": phase["name"], "seed": phase["seed"]}
        self._append({**self._phase, "tasks": phase["tasks"], "from_step": phase["step"], "weights": phase["weights"]})

    @hookimpl
    def step_finished(self, step: Mapping[str, Any]) -> None:
        """Write the step."""
        self._append(self._phase | dict(step))

    def _append(self, line: Mapping[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
