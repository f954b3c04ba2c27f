"""Every hook of xharness. A plugin implements those it needs with `@harness.hookimpl`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from harness.kinds.base import Kind
    from harness.metrics import Metric
    from harness.tasks import Task

hookspec = pluggy.HookspecMarker("xharness")
hookimpl = pluggy.HookimplMarker("xharness")


@hookspec
def register_tasks(register: Callable[[Task], None]) -> None:
    """Call `register(task)` for each task this plugin brings."""


@hookspec
def register_metrics(register: Callable[[Metric], None]) -> None:
    """Call `register(metric)` for each metric this plugin brings."""


@hookspec
def register_kinds(register: Callable[[Kind[Any]], None]) -> None:
    """Call `register(kind)` for each kind of task this plugin brings."""


@hookspec
def phase_started(phase: Mapping[str, Any]) -> None:
    """A training phase begins or goes on.

    `phase` has: name, tasks, step (steps done already), steps (planned), seed, precision, weights (what was loaded,
    new, left out).
    """


@hookspec
def step_finished(step: Mapping[str, Any]) -> None:
    """An optimiser step is done.

    `step` has: step, steps, task, loss (mean over the step's examples), learning_rate, gradient_norm, tokens,
    padded_tokens, seconds.
    """


@hookspec
def phase_finished(phase: Mapping[str, Any]) -> None:
    """A training phase is done. `phase` has: name, steps, kept_step, seconds, tokens."""


@hookspec
def record_written(record: Mapping[str, Any]) -> None:
    """A line was appended to records.jsonl."""


@hookspec
def run_finished(run: Mapping[str, Any]) -> None:
    """A run ends. `run` has: directory, ok (scores written), failed (stages that failed), seconds."""
