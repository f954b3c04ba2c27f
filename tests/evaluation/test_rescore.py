from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.evaluation import predictions
from harness.evaluation.rescore import rescore
from harness.item_scores import item_scores
from harness.metrics import Metric
from harness.registry import Registry, default_registry
from harness.results.records import RecordWriter, read_records
from harness.results.runs import RunInfo, begin, described, started_from, started_in
from harness.results.schema import Arm, Environment, Model, Run, RunEnvironment, Score
from tests.raising import raises_code
from tests.recorded import results

RIGHT = 30
MODEL, RUN = "1" * 16, "2" * 16
MADE, NEVER = "e" * 16, "f" * 16
"""Digests of predictions that there are, and of some that there are not."""


def score(made: str, value: float | None, *, task: str = "pawsx", **other: Any) -> Score:
    fields = {
        "at": {"arm": "none", "seed": 1, "task": task, "language": "en", "split": "test"},
        "run": RUN,
        "model": MODEL,
        "task_version": 1,
        "role": "target",
        "kind": "text-classification",
        "metric": "accuracy",
        "metric_version": 0,
        "main": True,
        "unit": "percent",
        "value": value,
        "n": 40,
        "n_skipped": 0,
        "truncated": 0,
        "constant": False,
        "limited": False,
        "interval": None,
        "source": "mini",
        "data": "d",
        "stand_in": False,
        "status": "ok" if value is not None else "failed",
        "hyper": {"max_length": 128},
        "precision": "fp32",
        "predictions": made,
        **other,
    }
    return Score(**fields)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    directory = tmp_path / "runs" / "store" / "predict" / MADE
    directory.mkdir(parents=True)
    rows = [
        {"key": f"f:{i}", "id": "", "language": "en", "gold": str(i % 2), "prediction": str(i % 2 if i < RIGHT else 2)}
        for i in range(40)
    ]
    predictions.write(directory, rows)
    return tmp_path / "runs" / "store"


@pytest.fixture
def run(store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run with one score."""
    monkeypatch.setattr("harness.evaluation.rescore.end", lambda *_: None)
    directory = store.parent / "20260101-run"
    directory.mkdir()
    (directory / "settings.toml").write_text('target = ["pawsx"]\n')
    write(directory, score(MADE, 75.0))
    return directory


def write(run: Path, *scores: Score) -> None:
    (run / "records.jsonl").unlink(missing_ok=True)
    writer = RecordWriter(run)
    arms = (Arm(label="none", text="none"),)
    settings = {"model": "mini", "target": ["pawsx"]}
    writer.write(
        Run(digest=RUN, command="train", settings=settings, source="mini", arms=arms),
        RunEnvironment(started="then", versions={}, plugins=(), device="cpu", host="here", command_line=()),
    )
    writer.write(Model(digest=MODEL, name="mini", start=MODEL, phases=()), Environment(time="then"))
    for one in scores:
        writer.write(one, Environment(time="then"))


def written(directory: Path) -> list[dict[str, Any]]:
    return results(directory, "score")


def test_values_and_intervals_come_from_the_predictions(run: Path, store: Path) -> None:
    done = rescore(run, store, default_registry())
    assert (done.scores, done.compared, done.changed, done.failed) == (1, 1, 0, 0)
    (result,) = written(done.directory)
    assert result["value"] == 100 * RIGHT / 40
    metric = default_registry().metric("accuracy")
    expected = item_scores(metric, predictions.read_columns(store / "predict" / MADE)).interval()
    assert expected is not None
    assert (result["interval"]["low"], result["interval"]["high"]) == (expected.low, expected.high)
    assert result["metric_version"] == metric.version
    assert result["n"] == 40


def test_values_that_differ_are_counted(run: Path, store: Path) -> None:
    write(run, score(MADE, 74.0))
    assert rescore(run, store, default_registry()).changed == 1


def test_other_records_are_taken_over(run: Path, store: Path) -> None:
    done = rescore(run, store, default_registry())
    before, after = read_records(run), read_records(done.directory)
    assert (after.runs, after.models) == (before.runs, before.models)
    assert (done.directory / "settings.toml").read_bytes() == (run / "settings.toml").read_bytes()


def test_paths_in_settings_start_where_the_run_was_started(run: Path, store: Path, tmp_path: Path) -> None:
    """What is written elsewhere evaluates the same rows; where the run does not say, nobody does."""
    output = tmp_path / "elsewhere" / "deep"
    begin(run, RunInfo(command="train", started_in=started_in(tmp_path / "project", run)))
    done = rescore(run, store, default_registry(), output=output / "one").directory
    assert started_from(done, described(done)) == tmp_path / "project"
    begin(run, RunInfo(command="train"))
    done = rescore(run, store, default_registry(), output=output / "two").directory
    assert described(done).started_in == ""


@pytest.mark.parametrize("metric", ["duplicate_f1", "accuracy"])
def test_one_metric_scores_each_prediction_once(run: Path, store: Path, metric: str) -> None:
    write(run, score(MADE, 75.0), score(MADE, 70.0, metric="duplicate_f1", main=False))
    done = rescore(run, store, default_registry(), metric=metric)
    (result,) = written(done.directory)
    assert (result["metric"], result["main"]) == (metric, metric == "accuracy")
    assert done.compared == 1


def test_the_short_name_of_a_task_s_metric_works(run: Path, store: Path) -> None:
    assert written(rescore(run, store, default_registry(), metric="pawsx_accuracy").directory)[0]["value"] == 75.0


def test_predictions_that_are_gone_fail(run: Path, store: Path) -> None:
    shutil.rmtree(store / "predict" / MADE)
    done = rescore(run, store, default_registry())
    assert (done.scores, done.failed) == (0, 1)
    (result,) = written(done.directory)
    assert (result["status"], result["value"], result["n"], result["interval"]) == ("failed", None, 0, None)
    assert "predictions are gone" in result["error"]


def test_a_score_that_had_failed_keeps_its_reason(run: Path, store: Path) -> None:
    write(run, score(NEVER, None, error="out of memory"))
    (result,) = written(rescore(run, store, default_registry()).directory)
    assert (result["status"], result["error"]) == ("failed", "out of memory")


def test_a_score_that_had_failed_is_made_up_for(run: Path, store: Path) -> None:
    rows = [row | {"prediction": "0"} for row in predictions.read(store / "predict" / MADE)]
    predictions.write(store / "predict" / MADE, rows)
    write(run, score(MADE, None, error="the metric was broken", constant=False))
    done = rescore(run, store, default_registry())
    (result,) = written(done.directory)
    assert (result["status"], result["value"], result["constant"]) == ("ok", 50.0, True)
    assert result["error"] is None
    assert done.changed == 1


def test_a_metric_that_raises_fails_alone(run: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def statistics(predictions: Any) -> list[float]:
        raise ZeroDivisionError("no words")

    registry = Registry()
    broken = Metric(name="duplicate_f1", kinds=("text-classification",), statistics=statistics)
    monkeypatch.setitem(registry.metrics, "duplicate_f1", broken)
    write(run, score(MADE, 75.0, metric="duplicate_f1"), score(MADE, 75.0))
    done = rescore(run, store, registry)
    assert [(r["status"], r.get("error")) for r in written(done.directory)] == [
        ("failed", "ZeroDivisionError: no words"),
        ("ok", None),
    ]


def test_a_score_has_the_unit_of_its_metric(run: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry()
    errors = Metric(
        name="duplicate_f1",
        kinds=("text-classification",),
        statistics=lambda predictions: [3.0] * len(predictions["key"]),
        value=lambda sums, n: sums[0] / n,
        unit="errors",
    )
    monkeypatch.setitem(registry.metrics, "duplicate_f1", errors)
    (result,) = written(rescore(run, store, registry, metric="duplicate_f1").directory)
    assert (result["unit"], result["value"]) == ("errors", 3.0)
    # Of items that are all alike nobody knows how many errors others could have.
    assert (result["interval"], result["status"]) == (None, "ok")


def test_what_cannot_be_rescored_is_refused_and_nothing_written(run: Path, store: Path) -> None:
    before = sorted(run.parent.iterdir())
    with raises_code("metric-scores-nothing", "squad_f1"):
        rescore(run, store, default_registry(), metric="squad_f1")
    with raises_code("unknown-metric", "accurcy"):
        rescore(run, store, default_registry(), metric="accurcy")
    write(run, score(MADE, 75.0, task="uninstalled"))
    with raises_code("unknown-task", "uninstalled"):
        rescore(run, store, default_registry())
    write(run, score(MADE, 75.0, metric="uninstalled"))
    with raises_code("unknown-metric", "uninstalled"):
        rescore(run, store, default_registry())
    write(run)
    with raises_code("run-without-scores"):
        rescore(run, store, default_registry())
    assert sorted(run.parent.iterdir()) == before


def test_records_that_are_not_beside_the_store_say_where_it_is(run: Path, store: Path, tmp_path: Path) -> None:
    elsewhere = rescore(run, store, default_registry(), output=tmp_path / "elsewhere" / "again").directory
    assert read_records(elsewhere).run.environment.store == str(store.resolve())
    beside = rescore(run, store, default_registry()).directory
    assert read_records(beside).run.environment.store == ""


def test_existing_records_are_not_written_over(run: Path, store: Path) -> None:
    with raises_code("output-exists"):
        rescore(run, store, default_registry(), output=run)


def test_names_of_rescored_runs_do_not_grow(run: Path, store: Path) -> None:
    once = rescore(run, store, default_registry()).directory
    twice = rescore(once, store, default_registry()).directory
    assert once.name != twice.name
    assert twice.name.count("rescored") == 1
