"""Scores of a run computed anew from its stored predictions."""

from __future__ import annotations

import dataclasses
import re
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.errors import NothingToShow, SettingsError, UserError, in_words
from harness.evaluation import predictions
from harness.integrity import checked
from harness.item_scores import count, is_constant, item_scores
from harness.metrics import Metric
from harness.registry import Registry
from harness.results.records import FILE, RecordWriter, read_records
from harness.results.runs import SETTINGS, RunInfo, begin, described, end, new_directory, now, started_from, started_in
from harness.results.schema import TASK, Environment, Interval, Score

SUFFIX = "-rescored"

Wanted = tuple[Score, Metric]
"""A score, and the metric to compute it by now."""


@dataclass
class Rescored:
    """What became of it.

    Attributes:
        compared: scores that the run had by the same metric.
        changed: those of them whose value is another now.
    """

    directory: Path
    scores: int = 0
    compared: int = 0
    changed: int = 0
    failed: int = 0


def rescore(
    run: Path, store: Path, registry: Registry, *, metric: str | None = None, output: Path | None = None
) -> Rescored:
    """Write records like a run's own, with values and intervals computed from its predictions now.

    Args:
        run: directory of the run.
        store: where its predictions are.
        metric: score by this one; every metric of the run's records by default.
        output: directory of the new records; beside the run by default.

    Raises:
        NothingToShow: the run has no scores.
        SettingsError: the metric does not score any task of the run, or the output directory has records already.
    """
    records = read_records(run)
    scores = [record.result for record in records.scores]
    if not scores:
        raise NothingToShow("the run has no scores", code="run-without-scores", where=str(run))
    wanted = _wanted(scores, registry, metric)
    started, info = time.perf_counter(), described(run)
    done = Rescored(output or new_directory(run.parent, f"{_label(run, info)}{SUFFIX}"))
    if (done.directory / FILE).exists():
        raise SettingsError(
            "there are records already", code="output-exists", where=str(done.directory), fix="name another --output"
        )
    words, base = tuple(sys.argv), started_from(run, info)
    begin(
        done.directory,
        dataclasses.replace(
            info,
            command="rescore",
            name="",
            of=run.name,
            asked="",
            started=now(),
            command_line=words,
            started_in=started_in(base, done.directory) if base else "",
            ending=None,
        ),
    )
    # The new records are a run like another: its encoders can be evaluated, too.
    shutil.copyfile(run / SETTINGS, done.directory / SETTINGS)
    writer = RecordWriter(done.directory)
    for record in records.runs:
        elsewhere = "" if store.parent.resolve() == done.directory.parent.resolve() else str(store.resolve())
        writer.write(record.result, msgspec.structs.replace(record.environment, store=elsewhere))
    for model in records.models.values():
        writer.write(model.result, model.environment)
    for measure in records.measures:
        writer.write(measure.result, measure.environment)
    old = {_place(score): score.value for score in scores}
    for score, chosen in wanted:
        result = _scored(score, chosen, registry, store)
        key = _place(result)
        writer.write(result, Environment(rescored=now()))
        done.scores += result.status == "ok"
        done.failed += result.status == "failed"
        done.compared += key in old
        done.changed += key in old and result.status == "ok" and old[key] != result.value
    end(done.directory, time.perf_counter() - started)
    return done


def _label(run: Path, info: RunInfo) -> str:
    """What a run is called, without the time that its directory's name begins with."""
    return info.name or re.sub(r"^\d{8}T[\d.]+-", "", run.name).partition(SUFFIX)[0]


def _place(score: Score) -> tuple[object, ...]:
    """What has one value only."""
    return (*sorted(score.at.items()), score.metric)


def _wanted(scores: Sequence[Score], registry: Registry, metric: str | None) -> list[Wanted]:
    """Each prediction to score, once a metric.

    Raises:
        UnknownName: a task or metric of the run is not installed any more.
        SettingsError: the metric does not score any task of the run.
    """
    for score in scores:
        registry.task(_task(score))
    if metric is None:
        return [(score, registry.metric(score.metric)) for score in scores]
    if metric in registry.metrics:
        kinds = registry.metric(metric).kinds
        meant = {_task(score): metric for score in scores if score.kind in kinds}
    else:
        meant = registry.scored_by(metric)
    chosen = {tuple(sorted(score.at.items())): score for score in scores if _task(score) in meant}
    if not chosen:
        tasks = ", ".join(dict.fromkeys(_task(score) for score in scores))
        raise SettingsError(
            f"{metric} does not score any task of the run",
            code="metric-scores-nothing",
            where=f"the run scored {tasks}",
        )
    return [(score, registry.metric(meant[_task(score)])) for score in chosen.values()]


def _task(score: Score) -> str:
    return str(score.at[TASK])


def _scored(score: Score, metric: Metric, registry: Registry, store: Path) -> Score:
    score = msgspec.structs.replace(
        score,
        metric=metric.name,
        metric_version=metric.version,
        unit=metric.unit,
        main=metric.name == registry.task(_task(score)).metrics[0],
    )
    directory = store / "predict" / score.predictions
    try:
        if not (directory / predictions.FILE).is_file():
            # A score that failed before may never have had predictions; its own reason says more.
            raise NothingToShow(score.error or f"its predictions are gone: {directory}", code="predictions-gone")
        columns = predictions.read_columns(checked(directory))
        with registry.blaming("metric", metric.name):
            scores = item_scores(metric, columns)
            interval = scores.interval()
    except Exception as error:  # noqa: BLE001  (a metric that fails must not stop the others)
        reason = error.what if isinstance(error, UserError) else in_words(error)
        return msgspec.structs.replace(score, value=None, n=0, interval=None, status="failed", error=reason)
    return msgspec.structs.replace(
        score,
        value=scores.value,
        n=count(columns),
        interval=Interval(**dataclasses.asdict(interval)) if interval else None,
        constant=is_constant(columns),
        status="ok",
        error=None,
    )
