"""What a run writes down: its settings, each model it scored, each score with all that says what it means."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import os
import platform
import sys
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from harness.arms import Arm
from harness.catalogue.values import weights_of
from harness.item_scores import count, is_constant, item_scores
from harness.measures import Measured
from harness.metrics import Metric, Predictions
from harness.planning.perturbed import changed
from harness.planning.plan import Cell, Measuring, Plan
from harness.planning.stages.base import Checkpoint, Stage
from harness.planning.stages.training import Trained, phase_facts
from harness.planning.workbench import Workbench
from harness.registry import Registry
from harness.results import fields, schema
from harness.results.records import RecordWriter
from harness.results.runs import now
from harness.training.machine import device_name
from harness.training.ranks import team
from harness.version import __version__, libraries


class Recorder:
    """Writes the records of one run of a plan."""

    def __init__(self, plan: Plan, bench: Workbench, *, command: str, writer: RecordWriter) -> None:
        self._plan = plan
        self._bench = bench
        self._writer = writer
        self._models: set[str] = set()
        settings = json.loads(json.dumps(dataclasses.asdict(plan.settings)))
        asked: dict[str, Any] = {"command": command, "settings": settings, "source": bench.data.source.name}
        if plan.conditions:
            asked["perturb"] = list(plan.conditions)
        self._run = schema.Run(
            **asked, digest=_digest(asked), arms=tuple(map(_arm, plan.arms)), against=plan.settings.against or None
        )

    def begin(self) -> None:
        """The record of the run."""
        here = environment(self._bench.registry, planned=len(self._plan.cells))
        self._writer.write(self._run, here)

    def score(self, cell: Cell, metric: Metric, predictions: Predictions) -> None:
        """The record of a score.

        Raises:
            ScoreError: the predictions cannot be scored.
        """
        registry = self._bench.registry
        with registry.blaming("metric", metric.name):
            # What another's metric does to the predictions must not change the next metric's value.
            own = predictions if registry.is_built_in("metric", metric.name) else copy.deepcopy(predictions)
            scores = item_scores(metric, own)
            value, interval = scores.value, scores.interval()
        self._write_score(
            cell,
            metric,
            value=value,
            n=count(predictions),
            interval=schema.Interval(**dataclasses.asdict(interval)) if interval else None,
            constant=is_constant(predictions),
            status="ok",
        )

    def no_score(self, cell: Cell, metric: Metric, error: str, status: str = "failed") -> None:
        """The record of a score that could not be had, or of one that there is not ("absent")."""
        self._write_score(
            cell,
            metric,
            value=None,
            n=0,
            interval=None,
            constant=False,
            status=status,
            error=error,
        )

    def measured(self, measuring: Measuring, found: Measured) -> None:
        """The record of a measure."""
        stored = measuring.stage.digest_in(self._bench)
        self._write_measure(measuring, value=found.value, n=found.n, measured=stored, status="ok")

    def not_measured(self, measuring: Measuring, error: str) -> None:
        """The record of a measure that could not be had."""
        self._write_measure(measuring, value=None, n=None, status="failed", error=error)

    def _write_measure(self, measuring: Measuring, **outcome: Any) -> None:
        self._write_model(measuring.checkpoint, *([measuring.beside] if measuring.beside else []))
        rows, measure = measuring.rows, measuring.measure
        result = schema.Measure(
            at=dict(measuring.at),
            run=self._run.digest,
            model=measuring.checkpoint.digest,
            measure=measure.name,
            measure_version=measure.version,
            unit=measure.unit,
            task_version=rows.task_version,
            data=rows.digest,
            limited=bool(self._plan.settings.limit),
            source=self._bench.data.source.name,
            **outcome,
        )
        self._writer.write(result, schema.Environment(time=now()))

    def _write_score(self, cell: Cell, metric: Metric, **outcome: Any) -> None:
        self._write_model(cell.stage.checkpoint, cell.stage)
        task = self._bench.registry.task(cell.task)
        split = self._bench.data.of(cell.stage.rows)
        phases = cell.stage.checkpoint.phases
        head_phases = cell.stage.head_of.phases if cell.stage.head_of else ()
        result = schema.Score(
            at=dict(cell.at),
            run=self._run.digest,
            model=cell.stage.checkpoint.digest,
            task_version=task.version,
            role="intermediate" if _has_intermediate_head(head_phases or phases, task.trained_as) else "target",
            kind=task.kind,
            metric=metric.name,
            metric_version=metric.version,
            main=metric.name == task.metrics[0],
            unit=metric.unit,
            n_skipped=len(split.skipped),
            limited=bool(self._plan.settings.limit),
            source=split.source,
            data=split.digest,
            stand_in=split.stand_in,
            differs=split.differs,
            selected_on=tuple(entry for phase in phases for entry in _selected_on(phase)),
            hyper=cell.stage.rows.encoding["hyper"] | cell.stage.rows.decoding,
            precision=cast("fields.Precision", cell.stage.precision),
            predictions=cell.stage.digest,
            head_phase=len(head_phases),
            **self._perturbation(cell),
            **self._facts(cell),
            **outcome,
        )
        self._writer.write(result, schema.Environment(time=now()))

    def _perturbation(self, cell: Cell) -> dict[str, Any]:
        """What was done to the rows, and how many of them are not what they were; nothing of clean ones."""
        rows = cell.stage.rows
        if not rows.transforms:
            return {}
        registry = self._bench.registry
        task = registry.task(cell.task)
        transforms = tuple(
            schema.Transform(**one.to_json(), diagnostic=registry.perturbation(one.name).is_diagnostic(task))
            for one in rows.transforms
        )
        return {"transforms": transforms, "n_changed": changed(self._bench.data.clean(rows), self._bench.data.of(rows))}

    def _facts(self, cell: Cell) -> dict[str, Any]:
        """What was found when the predictions were made: overlap with training rows, and items whose text was cut off.

        Nothing is known where there are no predictions.
        """
        found = self._bench.facts(cell.stage)
        overlap = tuple(msgspec.convert(one, schema.Overlap) for one in found.get("overlap", []))
        return {"overlap": overlap, "truncated": found.get("truncated", 0), "unknown": found.get("unknown")}

    def _write_model(self, checkpoint: Checkpoint, *made_from_it: Stage) -> None:
        """The record of a model, before its first score or measure.

        Args:
            made_from_it: what may know more of its phases than the store still does.
        """
        if checkpoint.digest in self._models:
            return
        result = schema.Model(
            digest=checkpoint.digest,
            name=self._plan.settings.model,
            start=checkpoint.origin.digest,
            revision=checkpoint.origin.revision,
            weights=weights_of(self._plan.settings.model, self._bench.registry.models),
            phases=self._phases(checkpoint, *made_from_it),
        )
        self._writer.write(result, schema.Environment(time=now()))
        # Not before: where it could not be written, the next score of the model needs it no less.
        self._models.add(checkpoint.digest)

    def _phases(self, checkpoint: Checkpoint, *made_from_it: Stage) -> tuple[schema.Phase, ...]:
        known = phase_facts(self._bench, checkpoint, *made_from_it)
        failed: dict[str, Any] = {"steps": 0, "kept_step": 0, "development_score": None, "trained_by": []}
        rounded = {one.phases[-1].digest for one in checkpoint.chain if one.rounded}
        return tuple(
            self._phase(stage, known.get(stage.digest, failed), rounded=stage.digest in rounded)
            for stage in checkpoint.phases
        )

    def _phase(self, stage: Trained, facts: Mapping[str, Any], *, rounded: bool) -> schema.Phase:
        development = stage.development
        exchanged = [data.task for data in stage.tasks if data.hyper.random_labels]
        return schema.Phase(
            digest=stage.digest,
            phase=cast("fields.Role", stage.phase),
            tasks=tuple(stage.names),
            rows={data.task: len(self._bench.data.of(data).rows) for data in stage.tasks},
            data={data.task: data.digest for data in stage.tasks},
            seed=stage.seed,
            steps=facts["steps"],
            kept_step=facts["kept_step"],
            selection=_selection(stage),
            development_score=facts["development_score"],
            development_metric=development.metric if development else None,
            hyper=stage.hyper.values("training", "mixing", "selection")
            | ({"task_weights": stage.task_weights} if stage.task_weights else {})
            | ({"replayed": list(stage.replayed)} if stage.replayed else {})
            | ({"random_labels": exchanged} if exchanged else {})
            | ({"keep_precision": "bf16"} if rounded else {}),
            precision=cast("fields.Precision", stage.precision),
            stand_in=tuple(name for name in stage.names if self._bench.data.training(name).stand_in),
            trained_by=tuple(schema.TrainedBy(**one) for one in facts["trained_by"]),
        )


def _arm(arm: Arm) -> schema.Arm:
    """An arm as records have it."""
    return schema.Arm(
        label=arm.label,
        text=arm.text,
        phases=tuple(schema.ArmPhase(tasks=phase.tasks, settings=dict(phase.settings)) for phase in arm.phases),
        settings=dict(arm.settings),
        varied=dict(arm.varied),
        base_label="" if arm.base_label == arm.label else arm.base_label,
    )


def _selection(stage: Trained) -> str:
    """The rule by which a phase's checkpoint is kept; rows and languages are named where settings say them."""
    development = stage.development
    if development is None:
        return "last"
    first = development.rows[0]
    asked = stage.hyper.select_on or stage.hyper.select_metric
    rows = f"{first.task} {first.split} {'+'.join(data.language for data in development.rows)}"
    return f"best {development.metric} on {rows if asked else first.split}"


def _selected_on(stage: Trained) -> list[schema.Selected]:
    """The rows that selected a phase's checkpoint, by language."""
    development = stage.development
    if development is None:
        return []
    return [
        schema.Selected(
            phase=cast("fields.Role", stage.phase),
            task=data.task,
            split=cast("fields.SplitName", data.split),
            language=data.language,
            metric=development.metric,
        )
        for data in development.rows
    ]


def environment(registry: Registry, *, planned: int = 0) -> schema.RunEnvironment:
    """Where, when and with what this program runs."""
    return schema.RunEnvironment(
        started=now(),
        planned=planned,
        versions={"xharness": __version__, "python": platform.python_version(), **libraries()},
        plugins=tuple(
            schema.Plugin(distribution=plugin.distribution, version=plugin.version, entry_point=plugin.entry_point)
            for plugin in registry.plugins.values()
            if not plugin.built_in
        ),
        device=f"cpu, {os.cpu_count()} cores" if device_name() == "cpu" else device_name(),
        ranks=team().size,
        host=platform.node(),
        command_line=tuple(sys.argv),
    )


def _has_intermediate_head(phases: tuple[Trained, ...], task: str) -> bool:
    """Whether a task is scored with the head it was given as an intermediate task."""
    return bool(phases) and phases[-1].phase == "intermediate" and task in phases[-1].names


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
