"""What a run shows while it works: a progress line on a terminal, plain lines now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from harness.hookspecs import hookimpl

PLAIN_WIDTH = 120
"""Columns of tables that go to a file or a pipe."""

PLAIN_SECONDS = 10
"""Least seconds between two lines about a phase where there is no terminal; long phases speak less often."""


def make_console(*, stderr: bool = False) -> Console:
    """A console that does not squeeze tables where there is no terminal."""
    console = Console(stderr=stderr, highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=PLAIN_WIDTH)


def show(console: Console, renderable: RenderableType) -> None:
    """Print tables and the lines around them; lines that must not be broken are not cut off either."""
    console.print(renderable, crop=False)


class Display:
    """Follows a run through its life-cycle hooks."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._phase: Mapping[str, Any] = {}
        self._bar: Progress | None = None
        self._bar_task = TaskID(0)
        self._shown = 0.0
        self._loss: dict[str, float] = {}
        self._tokens = self._padded = 0
        self._seconds = 0.0

    def note(self, line: str) -> None:
        """A line of its own, not broken: it may hold a path to copy."""
        self._console.print(line, markup=False, soft_wrap=True)

    @hookimpl
    def phase_started(self, phase: Mapping[str, Any]) -> None:
        """Say what is trained, and which weights are loaded, new or left out."""
        self._phase = phase
        self._loss, self._tokens, self._padded, self._seconds = {}, 0, 0, 0.0
        self._shown = time.monotonic()
        again = f", going on from step {phase['step']}" if phase["step"] else ""
        self.note(
            f"{phase['name']} phase: {', '.join(phase['tasks'])} (seed {phase['seed']}, {phase['precision']}){again}"
        )
        self.note(f"  weights: {describe_weights(phase['weights'])}")
        if self._console.is_terminal:
            columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar_task = self._bar.add_task("", total=phase["steps"], completed=phase["step"])
            self._bar.start()

    @hookimpl
    def step_finished(self, step: Mapping[str, Any]) -> None:
        """Move the progress on."""
        previous = self._loss.get(step["task"], step["loss"])
        self._loss[step["task"]] = 0.9 * previous + 0.1 * step["loss"]
        self._tokens += step["tokens"]
        self._padded += step["padded_tokens"]
        self._seconds += step["seconds"]
        if self._bar:
            self._bar.update(self._bar_task, completed=step["step"], description=self._state(step))
        elif time.monotonic() - self._shown >= max(PLAIN_SECONDS, self._seconds / 20):
            self._shown = time.monotonic()
            self.note(f"  step {step['step']}/{step['steps']}, {self._state(step)}")

    @hookimpl
    def phase_finished(self, phase: Mapping[str, Any]) -> None:
        """Say how it went."""
        self.close()
        kept = "" if phase["kept_step"] == phase["steps"] else f", kept step {phase['kept_step']}"
        losses = ", ".join(f"{task} {loss:.2f}" for task, loss in sorted(self._loss.items()))
        rate = f", {self._tokens / self._seconds:,.0f} tokens/s" if self._seconds else ""
        self.note(
            f"  done: {phase['steps']} steps in {phase['seconds']:.1f} s{rate}{kept}; loss: {losses or 'as before'}"
        )

    @hookimpl
    def record_written(self, record: Mapping[str, Any]) -> None:
        """Say each score as it is known, below a line about its model."""
        result = record["result"]
        if record["record"] == "model":
            after = f"after {result['arm']}" if result["intermediate"] else "without intermediate tasks"
            self.note(f"scores {after}, seed {result['seed']}:")
        if record["record"] == "score" and result["status"] == "ok":
            self.note(
                f"  {result['task']} {result['language']}: {result['metric']} {result['value']:.1f} (n {result['n']})"
            )

    def close(self) -> None:
        """Take the progress line away."""
        if self._bar:
            self._bar.stop()
            self._bar = None

    def _state(self, step: Mapping[str, Any]) -> str:
        padding = 100 * (1 - self._tokens / max(1, self._padded))
        rate = self._tokens / max(self._seconds, 1e-9)
        return f"{step['task']} loss {self._loss[step['task']]:.2f}, {rate:,.0f} tokens/s, {padding:.0f} % padding"


def describe_weights(weights: Mapping[str, Any]) -> str:
    """Which weights a phase begins with, in words."""
    parts = [f"{weights['encoder_loaded']} encoder tensors loaded"]
    parts += [f"new: {_names(weights['encoder_new'])}"] if weights["encoder_new"] else []
    parts += [f"new heads: {', '.join(weights['heads_new'])}"] if weights["heads_new"] else []
    parts += [f"pretrained heads: {', '.join(weights['heads_pretrained'])}"] if weights["heads_pretrained"] else []
    left_out = [*weights["encoder_left_out"], *(f"head {name}" for name in weights["heads_left_out"])]
    parts += [f"left out: {_names(left_out)}"] if left_out else []
    return "; ".join(parts)


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown
