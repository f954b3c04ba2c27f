"""Every hook of xharness. A plugin implements those it needs with `@harness.hookimpl`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from harness.catalogue.values import Model, Preset, Suite
    from harness.imaging.encoders import ImageEncoder
    from harness.kinds.base import Kind
    from harness.measures import Measure
    from harness.metrics import Metric
    from harness.perturbations import Perturbation
    from harness.planning.stages.base import StageType
    from harness.sources.base import SourceType
    from harness.studies.base import Study
    from harness.tasks import Task
    from harness.trackers import Tracker

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
def register_trackers(register: Callable[[Tracker], None]) -> None:
    """Call `register(tracker)` for each tracker this plugin brings; it is started by `--track NAME` only."""


@hookspec
def register_sources(register: Callable[[SourceType], None]) -> None:
    """Call `register(source)` for each source of rows this plugin brings; `data = "NAME"` opens it."""


@hookspec
def register_stages(register: Callable[[StageType], None]) -> None:
    """Call `register(stage_type)` for each class of stages this plugin brings, for example to make measures from."""


@hookspec
def register_measures(register: Callable[[Measure], None]) -> None:
    """Call `register(measure)` for each measure this plugin brings; `xharness eval --measure NAME` computes it."""


@hookspec
def register_perturbations(register: Callable[[Perturbation], None]) -> None:
    """Call `register(perturbation)` for each change of texts this plugin brings; `eval --perturb NAME:2` applies it."""


@hookspec
def register_image_encoders(register: Callable[[ImageEncoder], None]) -> None:
    """Call `register(encoder)` for each image encoder this plugin brings; `image_encoder = "NAME"` uses it."""


@hookspec
def register_studies(register: Callable[[Study], None]) -> None:
    """Call `register(study)` for each study this plugin brings; `xharness study NAME` answers its question."""


@hookspec
def register_models(register: Callable[[Model], None]) -> None:
    """Call `register(model)` for each model this plugin brings; `model = "NAME"` starts from it."""


@hookspec
def register_suites(register: Callable[[Suite], None]) -> None:
    """Call `register(suite)` for each suite this plugin brings; its name stands for its tasks."""


@hookspec
def register_presets(register: Callable[[Preset], None]) -> None:
    """Call `register(preset)` for each preset this plugin brings; `preset = "NAME"` takes its values."""


@hookspec
def run_started(run: Mapping[str, Any]) -> None:
    """A run begins.

    `run` has: directory, command, phases (digests of the phases that its plan needs, in order; those in the store are
    not trained again), predictions (digests of those that its plan needs; likewise).
    """


@hookspec
def stage_started(stage: Mapping[str, Any]) -> None:
    """A stage that is not in the store begins to be made, a training phase among them.

    `stage` has: kind (such as encode, predict or train; `xharness ls stages` shows them), digest, about (what it is, in
    words).
    """


@hookspec
def stage_advanced(stage: Mapping[str, Any]) -> None:
    """Part of a stage is made; called for predictions and the like, batch by batch.

    `stage` has: kind, digest, about, done and total (of the tokens that the model computes, padding included).
    """


@hookspec
def stage_finished(stage: Mapping[str, Any]) -> None:
    """A stage is made. `stage` has: kind, digest, about, seconds."""


@hookspec
def stage_failed(stage: Mapping[str, Any]) -> None:
    """A stage could not be made. `stage` has: kind, digest, about, error."""


@hookspec
def score_started(score: Mapping[str, Any]) -> None:
    """A score and its interval are about to be computed. `score` has: task, split, language, metric, n (items)."""


@hookspec
def phase_started(phase: Mapping[str, Any]) -> None:
    """A training phase begins or goes on.

    `phase` has: name, digest (of its stage, as in records and store), tasks, shares (of the steps, by task), step
    (steps done already), steps (planned), batch_size (examples a step), seed, precision, weights (what was loaded, new,
    left out).
    """


@hookspec
def step_finished(step: Mapping[str, Any]) -> None:
    """An optimiser step is done.

    `step` has: step, steps, task, loss (mean over the step's examples), task_loss (running mean of the task's loss),
    learning_rate, gradient_norm, tokens, padded_tokens, seconds.
    """


@hookspec
def phase_finished(phase: Mapping[str, Any]) -> None:
    """A training phase is done.

    `phase` has: name, digest, steps, kept_step, seconds, tokens, task_loss (running mean of the loss, by task).
    """


@hookspec
def phase_failed(phase: Mapping[str, Any]) -> None:
    """A training phase stopped with an error, perhaps before its first step. `phase` has: name, digest, error."""


@hookspec
def record_written(record: Mapping[str, Any]) -> None:
    """A line was appended to records.jsonl."""


@hookspec
def run_finished(run: Mapping[str, Any]) -> None:
    """A run ends. `run` has: directory, ok (scores written), failed (stages that failed), seconds."""
