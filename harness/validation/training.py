"""Check of training and predicting: two optimiser steps, then predictions of the first language, scored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from harness.evaluation.predictions import read_columns
from harness.item_scores import item_scores
from harness.lifecycle import LifeCycle
from harness.planning.data import Data
from harness.planning.stages.base import Checkpoint
from harness.planning.stages.predicting import Predict, Tuning
from harness.planning.stages.training import Trained
from harness.planning.store import Store
from harness.planning.workbench import Workbench
from harness.validation.report import Outcome
from harness.validation.subject import Subject

STEPS = 2
ROWS = 32
"""Items that are trained on, and predicted."""


class _Losses(LifeCycle):
    """Keeps losses to itself: this is no run that plugins should hear of."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject.registry)
        self.found: list[float] = []

    def phase_started(self, *, phase: Mapping[str, Any]) -> None:
        """Nothing."""

    def step_finished(self, *, step: Mapping[str, Any]) -> None:
        """Remember the loss."""
        self.found.append(step["loss"])

    def phase_finished(self, *, phase: Mapping[str, Any]) -> None:
        """Nothing."""

    def phase_failed(self, *, phase: Mapping[str, Any]) -> None:
        """Nothing."""


def training(subject: Subject) -> Outcome:
    """Train on the first rows where the kind is trained, predict the first language's, and score them."""
    found = Outcome()
    data = Data(subject.registry, subject.source, ROWS)
    losses = _Losses(subject)
    bench = Workbench(subject.registry, Store(subject.work / "store"), data, losses)
    checkpoint: Checkpoint = subject.model()
    if subject.trained and subject.training:
        checkpoint = phase_of(subject, data)
        try:
            checkpoint.obtain(bench)
        except Exception as error:  # noqa: BLE001  (a kind or a head that fails is what is looked for)
            found.refuse_error("training", error, where=f"the first {ROWS} training rows of {subject.task.trained_as}")
            return found
        found.say("training", f"{STEPS} steps, loss {' then '.join(f'{loss:.3f}' for loss in losses.found)}")
    elif type(subject.kind).trained:
        return found
    for language in list(subject.scored)[:1]:
        _predict(subject, bench, checkpoint, language, found)
    return found


def phase_of(subject: Subject, data: Data) -> Trained:
    """A target phase of two small steps."""
    hyper = subject.hyper(steps=STEPS, batch_size=ROWS // STEPS, warmup=0.0, examples=ROWS)
    rows = data.training(subject.task.name, ROWS)
    return Trained(
        phase="target",
        start=subject.model(),
        tasks=(data.rows(subject.owner("train"), rows, hyper),),
        development=None,
        hyper=hyper,
        precision="fp32",
        seed=1,
    )


def _predict(subject: Subject, bench: Workbench, checkpoint: Checkpoint, language: str, found: Outcome) -> None:
    task, hyper, data = subject.task, subject.hyper(), bench.data
    split = subject.scored[language].split
    try:
        tuned = subject.registry.tuned_metric(task)
        tuning = None
        if tuned:
            development = data.split(task.name, "validation", language)
            rows = data.rows(task, development, hyper)
            tuning = Tuning(rows, tuned.name, data.metric_version(tuned, development))
        stage = Predict(
            checkpoint=checkpoint,
            rows=data.rows(task, data.split(task.name, split, language), hyper),
            precision="fp32",
            tuning=tuning,
        )
        columns = read_columns(stage.obtain(bench))
        for metric in map(subject.registry.metric, task.metrics):
            value = item_scores(metric, columns).value
            if not math.isfinite(value):
                found.refuse(
                    "training", f"{metric.name} of a model's predictions is {value}", where=f"{split}, {language}"
                )
    except Exception as error:  # noqa: BLE001  (as above)
        found.refuse_error("training", error, where=f"predicting {split} rows in {language}")
    else:
        found.say("training", f"predictions of {split} rows in {language} can be scored")
