"""Scores of a run computed anew from its stored predictions."""

from __future__ import annotations

import dataclasses
import re
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import NothingToShow, SettingsError, UserError
from harness.evaluation import predictions
from harness.item_scores import count, is_constant, item_scores
from harness.metrics import Metric
from harness.registry import Registry
from harness.results.records import FILE, RecordWriter, read_records
from harness.results.runs import SETTINGS, RunInfo, begin, described, end, new_directory, now

SUFFIX = "-rescored"

Wanted = tuple[dict[str, Any], Metric]
"""The result part of a score, and the metric to compute it by now."""


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
    records = list(read_records(run))
    scores = [r["result"] for r in records if r["record"] == "score"]
    if not scores:
        raise NothingToShow("the run has no scores", code="run-without-scores", where=str(run))
    wanted = _wanted(scores, registry, metric)
    started, info = time.perf_counter(), described(run)
    done = Rescored(output or new_directory(run.parent, f"{_label(run, info)}{SUFFIX}"))
    if (done.directory / FILE).exists():
        raise SettingsError(
            "there are records already", code="output-exists", where=str(done.directory), fix="name another --output"
        )
    words = tuple(sys.argv)
    begin(
        done.directory,
        dataclasses.replace(
            info, command="rescore", name="", of=run.name, asked="", started=now(), command_line=words, ending=None
        ),
    )
    # The new records are a run like another: its encoders can be evaluated, too.
    shutil.copyfile(run / SETTINGS, done.directory / SETTINGS)
    writer = RecordWriter(done.directory)
    for record in records:
        if record["record"] != "score":
            writer.write(record["record"], result=record["result"], circumstance=record["circumstance"])
    old = {_place(score): score["value"] for score in scores}
    for score, chosen in wanted:
        result = _scored(score, chosen, registry, store)
        key = _place(result)
        writer.write("score", result=result, circumstance={"rescored": now()})
        done.scores += result["status"] == "ok"
        done.failed += result["status"] == "failed"
        done.compared += key in old
        done.changed += key in old and result["status"] == "ok" and old[key] != result["value"]
    end(done.directory, time.perf_counter() - started)
    return done


def _label(run: Path, info: RunInfo) -> str:
    """What a run is called, without the time that its directory's name begins with."""
    return info.name or re.sub(r"^\d{8}T[\d.]+-", "", run.name).partition(SUFFIX)[0]


def _place(score: Mapping[str, Any]) -> tuple[str, ...]:
    """What has one value only."""
    perturbation = score.get("perturbation", {}).get("name", "")
    return score["model"], score["task"], score["language"], perturbation, score["metric"]


def _wanted(scores: list[dict[str, Any]], registry: Registry, metric: str | None) -> list[Wanted]:
    """Each prediction to score, once a metric.

    Raises:
        UnknownName: a task or metric of the run is not installed any more.
        SettingsError: the metric does not score any task of the run.
    """
    for score in scores:
        registry.task(score["task"])
    if metric is None:
        return [(score, registry.metric(score["metric"])) for score in scores]
    if metric in registry.metrics:
        kinds = registry.metric(metric).kinds
        meant = {score["task"]: metric for score in scores if score["kind"] in kinds}
    else:
        meant = registry.scored_by(metric)
    by_predictions = {(score["model"], score["predictions"]): score for score in scores if score["task"] in meant}
    if not by_predictions:
        tasks = ", ".join(dict.fromkeys(score["task"] for score in scores))
        raise SettingsError(
            f"{metric} does not score any task of the run",
            code="metric-scores-nothing",
            where=f"the run scored {tasks}",
        )
    return [(score, registry.metric(meant[score["task"]])) for score in by_predictions.values()]


def _scored(score: dict[str, Any], metric: Metric, registry: Registry, store: Path) -> dict[str, Any]:
    result = {key: value for key, value in score.items() if key != "error"}
    result |= {"metric": metric.name, "metric_version": metric.version}
    result["main"] = metric.name == registry.task(score["task"]).metrics[0]
    directory = store / "predict" / score["predictions"]
    try:
        if not (directory / predictions.FILE).is_file():
            # A score that failed before may never have had predictions; its own reason says more.
            raise NothingToShow(score.get("error") or f"its predictions are gone: {directory}", code="predictions-gone")
        columns = predictions.read_columns(directory)
        scores = item_scores(metric, columns)
        interval = dataclasses.asdict(scores.interval())
    except Exception as error:  # noqa: BLE001  (a metric that fails must not stop the others)
        reason = error.what if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        return result | {"value": None, "n": 0, "interval": None, "status": "failed", "error": reason}
    computed = {"value": scores.value, "n": count(columns), "interval": interval, "constant": is_constant(columns)}
    return result | computed | {"status": "ok"}
