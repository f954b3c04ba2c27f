"""Weights & Biases, offline: the curve of each phase, and the scores, tables and figures of each run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import harness

OFFLINE = "offline"


class WandbCurve:
    """One run of Weights & Biases."""

    def __init__(self, module: Any, run: Any) -> None:
        self._module, self._run = module, run
        # Its own step cannot go back, as those of two checkpoints' scores do.
        run.define_metric("*", step_metric="step")

    def write(self, values: Mapping[str, float], step: int) -> None:
        """Write the values into the run's file."""
        self._run.log({**values, "step": step})

    def show(self, summary: harness.RunSummary) -> None:
        """Write tables as tables, and figures as HTML."""
        make = self._module.Table
        tables = {one.name: make(columns=list(one.columns), data=list(map(list, one.rows))) for one in summary.tables}
        self._run.log(tables | {one.name: self._module.Html(one.svg, inject=False) for one in summary.figures})

    def close(self) -> None:
        """Finish the run."""
        self._run.finish()


def mode() -> str:
    """Whether it may use the network."""
    return os.environ.get("WANDB_MODE", OFFLINE)


def load(_: Path | None = None) -> Any:
    """The module.

    Raises:
        UserError: it is not installed.
    """
    if mode() == OFFLINE:
        # It would tell its makers over the network of what goes wrong.
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    with harness.needs_extra("Weights & Biases", "wandb"):
        import wandb
    return wandb


def start(directory: Path) -> harness.RunFollower:
    """Follow runs into files that `wandb sync` uploads; WANDB_MODE=online uploads at once."""
    module = load()
    directory.mkdir(parents=True, exist_ok=True)
    options = {"project": "xharness", "dir": str(directory), "mode": mode(), "reinit": "create_new"}
    settings = module.Settings(silent=True, console="off", disable_git=True, save_code=False)

    def open_curve(name: str, _: int | None) -> WandbCurve:
        run = module.init(name=name, group=name.rpartition("/")[0], settings=settings, **options)
        return WandbCurve(module, run)

    return harness.RunFollower(open_curve)


@harness.hookimpl
def register_trackers(register: Callable[[harness.Tracker], None]) -> None:
    """Register it as `--track wandb`."""
    register(harness.Tracker(name="wandb", start=start, check=load))
