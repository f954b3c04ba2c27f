"""The summary of a run as trackers take it."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

import harness
from harness.results.runs import STORE
from harness.testing.simulated import simulate
from harness.testing.worlds import SimulatedTask, World
from harness.testing.written import write_run
from harness.tracking.summary import summarize_run


def simulated(place: Path, *arms: str, seeds: int = 1) -> Path:
    task = SimulatedTask(name="pawsx", languages=("en", "de", "ja"), items=60)
    world = World(arms=arms, seeds=seeds, tasks=(task,), effect=lambda place: 8.0 if place.arm == "qqp" else 0.0)
    return write_run(simulate(world, seed=1), place / "runs", "drawn")


def column(table: Any, name: str) -> dict[str, Any]:
    return {row[0]: row[table.columns.index(name)] for row in table.rows}


def test_a_table_has_scores_gains_and_means(tmp_path: Path) -> None:
    run = simulated(tmp_path, "none", "qqp", seeds=3)
    scores = harness.load_records(run)
    means = scores.groupby(["arm", "language"])["value"].mean()
    (table,) = summarize_run(run).tables
    assert table.name == "pawsx-accuracy-qqp"
    assert table.title == "pawsx: accuracy, percent, qqp, against none"
    gains = {code: means["qqp", code] - means["none", code] for code in ("en", "de", "ja")}
    others = fmean([gains["de"], gains["ja"]])
    summed = {"mean": fmean(gains.values()), "mean without en": others, "transfer gap": gains["en"] - others}
    assert column(table, "gain") == pytest.approx(gains | summed)
    assert column(table, "score")["de"] == pytest.approx(means["qqp", "de"])
    assert column(table, "baseline")["ja"] == pytest.approx(means["none", "ja"])
    assert column(table, "n") == {"en": 60, "de": 60, "ja": 60, "mean": 3, "mean without en": 2, "transfer gap": 2}
    assert f"| de | {means['qqp', 'de']:.1f} |" in table.markdown()


def test_a_figure_shows_each_gain_with_its_interval(tmp_path: Path) -> None:
    summary = summarize_run(simulated(tmp_path, "none", "qqp"))
    (table,), (figure,) = summary.tables, summary.figures
    assert figure.name == "pawsx-accuracy-qqp-gain"
    for code in ("en", "de", "ja"):
        gain, low, high = (column(table, name)[code] for name in ("gain", "gain low", "gain high"))
        assert low < gain < high
        assert f"{gain:+.1f} [{low:+.1f}, {high:+.1f}]" in figure.svg


def test_one_arm_alone_has_no_gains_and_no_figure(tmp_path: Path) -> None:
    summary = summarize_run(simulated(tmp_path, "none"))
    (table,) = summary.tables
    assert table.columns == ("language", "score", "low", "high", "n", "marks")
    assert summary.figures == ()


def test_without_predictions_gains_have_no_interval(tmp_path: Path) -> None:
    run = simulated(tmp_path, "none", "qqp")
    (run.parent / STORE).rename(tmp_path / "elsewhere")
    (table,) = summarize_run(run).tables
    assert column(table, "gain low")["de"] is None
    assert column(table, "gain")["de"] is not None
