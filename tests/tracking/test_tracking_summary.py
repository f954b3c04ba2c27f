"""The summary of a run as trackers take it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

import harness
from harness.report.loaded import LoadedRun, load_run
from harness.report.target_tables import target_tables
from harness.results.records import FILE
from harness.results.runs import STORE, begin, described
from harness.testing.simulated import simulate
from harness.testing.worlds import SimulatedTask, World
from harness.testing.written import write_run
from harness.tracking.summary import SummaryFigure, summarize_run
from tests.raising import raises_code


def simulated(
    place: Path, *arms: str, seeds: int = 1, languages: tuple[str, ...] = ("en", "de", "ja"), name: str = "drawn"
) -> Path:
    task = SimulatedTask(name="pawsx", languages=languages, items=60)
    world = World(arms=arms, seeds=seeds, tasks=(task,), effect=lambda place: 8.0 if place.arm == "qqp" else 0.0)
    return write_run(simulate(world, seed=1), place / "runs", name)


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


def band(figure: SummaryFigure) -> bool:
    return 'class="m"' in figure.svg


def test_a_figure_shows_which_gains_in_percent_are_too_small_to_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = simulated(tmp_path, "none", "qqp")
    (figure,) = summarize_run(run).figures
    assert band(figure)
    assert "points" in figure.svg
    others = [dataclasses.replace(one, unit="nats") for one in load_run(run, run.parent / STORE).comparisons]
    monkeypatch.setattr(LoadedRun, "comparisons", others)
    (figure,) = summarize_run(run).figures
    assert not band(figure)
    assert "nats" in figure.svg
    assert "points" not in figure.svg


def test_evaluations_of_the_run_are_in_its_summary(tmp_path: Path) -> None:
    run = simulated(tmp_path, "none", "qqp", languages=("en", "de"))
    evaluated = simulated(tmp_path, "none", "qqp", languages=("de", "ja"), name="later")
    assert column(summarize_run(run).tables[0], "n").keys().isdisjoint({"ja"})
    begin(evaluated, dataclasses.replace(described(evaluated), command="eval", of=run.name))
    (table,) = summarize_run(run).tables
    assert column(table, "n") == {"en": 60, "de": 60, "ja": 60, "mean": 3, "mean without en": 2, "transfer gap": 2}


def test_a_run_without_scores_has_no_summary(tmp_path: Path) -> None:
    run = simulated(tmp_path, "none")
    kept = [line for line in (run / FILE).read_text().splitlines() if json.loads(line)["record"] != "score"]
    (run / FILE).write_text("".join(f"{line}\n" for line in kept))
    with raises_code("run-without-scores"):
        summarize_run(run)


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


@pytest.mark.parametrize("languages", [("en", "de", "ja"), ("de", "ja"), ("en", "de"), ("de",), ("en",)])
def test_rows_are_those_of_the_summary_on_a_terminal(tmp_path: Path, languages: tuple[str, ...]) -> None:
    run = simulated(tmp_path, "none", "qqp", languages=languages)
    (table,) = summarize_run(run).tables
    (shown,) = target_tables(load_run(run, run.parent / STORE).comparisons)
    assert [row[0] for row in table.rows] == [row[0].text for row in shown.rows]
    gains = [row[shown.columns.index("gain")].text for row in shown.rows]
    assert [f"{gain:+.1f}" for gain in column(table, "gain").values()] == gains
