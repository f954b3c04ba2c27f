from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.evaluation import predictions
from harness.evaluation.rescore import rescore
from harness.item_scores import item_scores
from harness.metrics import Metric
from harness.registry import Registry, default_registry
from harness.results.records import read_records
from tests.raising import raises_code

RIGHT = 30
MODEL, RUN = "1" * 16, "2" * 16


def score(name: str, value: float | None, **other: Any) -> dict[str, Any]:
    return {
        "run": RUN,
        "model": MODEL,
        "task": "pawsx",
        "language": "en",
        "kind": "text-classification",
        "metric": "accuracy",
        "metric_version": 0,
        "main": True,
        "value": value,
        "n": 40,
        "interval": None,
        "status": "ok" if value is not None else "failed",
        "hyper": {"max_length": 128},
        "precision": "fp32",
        "predictions": name,
        **other,
    }


@pytest.fixture
def store(tmp_path: Path) -> Path:
    directory = tmp_path / "runs" / "store" / "predict" / "made"
    directory.mkdir(parents=True)
    rows = [
        {"key": f"f:{i}", "id": "", "language": "en", "gold": str(i % 2), "prediction": str(i % 2 if i < RIGHT else 2)}
        for i in range(40)
    ]
    predictions.write(directory, rows)
    return tmp_path / "runs" / "store"


@pytest.fixture
def run(store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run with one score; its records need no more fields than rescoring reads."""
    monkeypatch.setattr("harness.results.records.validate", lambda record, where="": None)
    monkeypatch.setattr("harness.evaluation.rescore.end", lambda *_: None)
    directory = store.parent / "20260101-run"
    directory.mkdir()
    (directory / "settings.toml").write_text('target = ["pawsx"]\n')
    write(directory, score("made", 75.0))
    return directory


def write(run: Path, *scores: dict[str, Any]) -> None:
    records = [("run", {"digest": RUN}), ("model", {"digest": MODEL}), *(("score", s) for s in scores)]
    lines = [json.dumps({"schema": 1, "record": kind, "result": r, "circumstance": {"a": 1}}) for kind, r in records]
    (run / "records.jsonl").write_text("".join(f"{line}\n" for line in lines))


def written(directory: Path) -> list[dict[str, Any]]:
    return [record["result"] for record in read_records(directory) if record["record"] == "score"]


def test_values_and_intervals_come_from_the_predictions(run: Path, store: Path) -> None:
    done = rescore(run, store, default_registry())
    assert (done.scores, done.compared, done.changed, done.failed) == (1, 1, 0, 0)
    (result,) = written(done.directory)
    assert result["value"] == 100 * RIGHT / 40
    metric = default_registry().metric("accuracy")
    expected = item_scores(metric, predictions.read_columns(store / "predict" / "made")).interval()
    assert (result["interval"]["low"], result["interval"]["high"]) == (expected.low, expected.high)
    assert result["metric_version"] == metric.version
    assert result["n"] == 40


def test_values_that_differ_are_counted(run: Path, store: Path) -> None:
    write(run, score("made", 74.0))
    assert rescore(run, store, default_registry()).changed == 1


def test_other_records_are_taken_over(run: Path, store: Path) -> None:
    done = rescore(run, store, default_registry())
    before, after = list(read_records(run)), list(read_records(done.directory))
    assert after[:2] == before[:2]
    assert (done.directory / "settings.toml").read_bytes() == (run / "settings.toml").read_bytes()


@pytest.mark.parametrize("metric", ["duplicate_f1", "accuracy"])
def test_one_metric_scores_each_prediction_once(run: Path, store: Path, metric: str) -> None:
    write(run, score("made", 75.0), score("made", 70.0, metric="duplicate_f1", main=False))
    done = rescore(run, store, default_registry(), metric=metric)
    (result,) = written(done.directory)
    assert (result["metric"], result["main"]) == (metric, metric == "accuracy")
    assert done.compared == 1


def test_the_short_name_of_a_task_s_metric_works(run: Path, store: Path) -> None:
    assert written(rescore(run, store, default_registry(), metric="pawsx_accuracy").directory)[0]["value"] == 75.0


def test_predictions_that_are_gone_fail(run: Path, store: Path) -> None:
    shutil.rmtree(store / "predict" / "made")
    done = rescore(run, store, default_registry())
    assert (done.scores, done.failed) == (0, 1)
    (result,) = written(done.directory)
    assert (result["status"], result["value"], result["n"], result["interval"]) == ("failed", None, 0, None)
    assert "predictions are gone" in result["error"]


def test_a_score_that_had_failed_keeps_its_reason(run: Path, store: Path) -> None:
    write(run, score("never", None, error="out of memory"))
    (result,) = written(rescore(run, store, default_registry()).directory)
    assert (result["status"], result["error"]) == ("failed", "out of memory")


def test_a_score_that_had_failed_is_made_up_for(run: Path, store: Path) -> None:
    rows = [row | {"prediction": "0"} for row in predictions.read(store / "predict" / "made")]
    predictions.write(store / "predict" / "made", rows)
    write(run, score("made", None, error="the metric was broken", constant=False))
    done = rescore(run, store, default_registry())
    (result,) = written(done.directory)
    assert (result["status"], result["value"], result["constant"]) == ("ok", 50.0, True)
    assert "error" not in result
    assert done.changed == 1


def test_a_metric_that_raises_fails_alone(run: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def statistics(predictions: Any) -> list[float]:
        raise ZeroDivisionError("no words")

    registry = Registry()
    broken = Metric(name="duplicate_f1", kinds=("text-classification",), statistics=statistics)
    monkeypatch.setitem(registry.metrics, "duplicate_f1", broken)
    write(run, score("made", 75.0, metric="duplicate_f1"), score("made", 75.0))
    done = rescore(run, store, registry)
    assert [(r["status"], r.get("error")) for r in written(done.directory)] == [
        ("failed", "ZeroDivisionError: no words"),
        ("ok", None),
    ]


def test_what_cannot_be_rescored_is_refused_and_nothing_written(run: Path, store: Path) -> None:
    before = sorted(run.parent.iterdir())
    with raises_code("metric-scores-nothing", "squad_f1"):
        rescore(run, store, default_registry(), metric="squad_f1")
    with raises_code("unknown-metric", "accurcy"):
        rescore(run, store, default_registry(), metric="accurcy")
    write(run, score("made", 75.0, task="uninstalled"))
    with raises_code("unknown-task", "uninstalled"):
        rescore(run, store, default_registry())
    write(run, score("made", 75.0, metric="uninstalled"))
    with raises_code("unknown-metric", "uninstalled"):
        rescore(run, store, default_registry())
    write(run)
    with raises_code("run-without-scores"):
        rescore(run, store, default_registry())
    assert sorted(run.parent.iterdir()) == before


def test_existing_records_are_not_written_over(run: Path, store: Path) -> None:
    with raises_code("output-exists"):
        rescore(run, store, default_registry(), output=run)


def test_names_of_rescored_runs_do_not_grow(run: Path, store: Path) -> None:
    once = rescore(run, store, default_registry()).directory
    twice = rescore(once, store, default_registry()).directory
    assert once.name != twice.name
    assert twice.name.count("rescored") == 1
