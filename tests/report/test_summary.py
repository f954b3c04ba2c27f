from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness.report import loaded
from harness.report.summary import summary_view
from harness.results import scores
from harness.results.records import Records
from tests.flat import flat_row
from tests.raising import raises_code

Rows = list[dict[str, Any]]
Write = Callable[[Rows], None]


def prediction(index: int, right: bool) -> dict[str, Any]:
    gold = str(index % 2)
    return {"key": f"f:{index}", "id": "", "language": "en", "gold": gold, "prediction": gold if right else "x"}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    from harness.evaluation import predictions

    for name, right in (("before", range(0, 40, 2)), ("after", range(40)), ("shorter", range(10))):
        directory = tmp_path / "store" / "predict" / name
        directory.mkdir(parents=True)
        predictions.write(directory, [prediction(i, i in right) for i in range(40)])
    return tmp_path / "store"


def score(arm: str, value: float, made: str, **other: Any) -> dict[str, Any]:
    return flat_row(value, arm=arm, predictions=made, **{"low": value, "high": value, "n": 40, **other})


def shown(monkeypatch: pytest.MonkeyPatch, store: Path, rows: Rows) -> list[str]:
    monkeypatch.setattr(loaded, "read_records", lambda directory: Records(directory, (), {}, (), ()))
    monkeypatch.setattr(scores, "flat_rows", lambda records, against: rows)
    console = Console(file=io.StringIO(), width=120, record=True)
    console.print(summary_view(Path("run"), store))
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


def test_gains_have_intervals_from_the_stored_predictions(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    lines = shown(monkeypatch, store, [score("none", 50.0, "before"), score("mnli", 100.0, "after")])
    english = next(line for line in lines if line.startswith("en "))
    # Twenty of forty items changed, all for the better; the interval is about 2 * 1.96 * sqrt(0.25 / 40) wide.
    gain = english.split()[5:7]
    assert gain[0] == "+50.0"
    low, high = (float(bound) for bound in gain[1].strip("[]").split(","))
    assert 30 < low < 40
    assert 60 < high < 70


def test_gains_on_other_items_have_no_interval(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    lines = shown(monkeypatch, store, [score("none", 50.0, "before", data="other"), score("mnli", 100.0, "after")])
    assert "en 50.0 [50.0,50.0] 100.0 [100.0,100.0] +50.0 40" in lines


def test_gains_without_predictions_have_no_interval(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    lines = shown(monkeypatch, store, [score("none", 50.0, "gone"), score("mnli", 100.0, "after")])
    assert "en 50.0 [50.0,50.0] 100.0 [100.0,100.0] +50.0 40" in lines


def test_a_metric_that_is_not_installed_any_more_does_not_hide_the_summary(
    monkeypatch: pytest.MonkeyPatch, store: Path
) -> None:
    rows = [score("none", 50.0, "before", metric="gone"), score("mnli", 100.0, "after", metric="gone")]
    assert "en 50.0 [50.0,50.0] 100.0 [100.0,100.0] +50.0 40" in shown(monkeypatch, store, rows)


def test_main_metrics_are_shown_and_others_where_there_is_none(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    rows = [score("none", 50.0, "before"), score("none", 40.0, "before", metric="duplicate_f1", main=False)]
    titles = [line for line in shown(monkeypatch, store, rows) if line.startswith("pawsx: ")]
    assert titles == ["pawsx: accuracy, percent"]
    titles = [line for line in shown(monkeypatch, store, rows[1:]) if line.startswith("pawsx: ")]
    assert titles == ["pawsx: duplicate_f1, percent"]


def test_a_run_without_scores_has_no_summary(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    with raises_code("run-without-scores"):
        shown(monkeypatch, store, [])
