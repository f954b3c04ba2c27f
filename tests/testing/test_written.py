"""A simulated experiment as the directory of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from harness.cli.main import cli
from harness.evaluation.rescore import rescore
from harness.evaluation.stored_items import StoredItems
from harness.registry import default_registry
from harness.results.records import read_records
from harness.results.scores import Row, Scores
from harness.testing.simulated import Experiment, simulate
from harness.testing.worlds import SimulatedMeasure, SimulatedTask, World
from harness.testing.written import write_run
from tests.raising import raises_code

LANGUAGES = ("en", "sw")
NAMES = ("xnli", "xcopa", "tydiqa", "udpos", "panx", "tatoeba", "lareqa", "bucc2018")
ALL_KINDS = World(
    arms=("none", "mnli", "late: mnli{steps=300} > squad + qqp"),
    tasks=tuple(SimulatedTask(name=name, languages=LANGUAGES, items=60, parallel=name != "tydiqa") for name in NAMES),
    seeds=2,
    effect=lambda place: 0.0 if place.arm == "none" else 12.0,
    further=({}, {"step": 8}),
    measures=(SimulatedMeasure(name="alignment", task="tatoeba", languages=("sw",), value=lambda _: 0.3, spread=0.1),),
)


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return simulate(ALL_KINDS, seed=3, intervals=True)


@pytest.fixture(scope="module")
def run(experiment: Experiment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(experiment, tmp_path_factory.mktemp("simulated") / "runs", "simulated")


def columns(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "run_directory"}


def test_what_is_written_is_read_back(experiment: Experiment, run: Path) -> None:
    mine, theirs = experiment.scores(), Scores.of(run)
    assert len(mine.rows) == 3 * 2 * 2 * 2 * (len(NAMES) + 3)  # tydiqa, udpos and panx have two metrics
    assert list(map(columns, mine.rows)) == list(map(columns, theirs.rows))
    assert experiment.records.measures == read_records(run).measures
    assert len(experiment.records.measures) == 3 * 2 * 2


def test_stored_predictions_score_as_the_experiment_does(experiment: Experiment, run: Path) -> None:
    stored = StoredItems([run.parent / "store"], default_registry())
    scores = experiment.scores()
    for row in scores.rows:
        mine, theirs = scores.items(row), stored(row)
        assert mine is not None
        assert theirs is not None
        np.testing.assert_array_equal(mine.statistics, theirs.statistics)
        assert (mine.items, mine.value) == (theirs.items, theirs.value)
        assert row["value"] == mine.value
        interval = theirs.interval()
        assert row["low"] == (interval.low if interval else None)


def test_nothing_changes_when_it_is_scored_anew(run: Path) -> None:
    done = rescore(run, run.parent / "store", default_registry(), output=run.parent / "anew")
    assert (done.changed, done.failed) == (0, 0)
    assert done.compared == done.scores > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["summary", "--runs", "RUNS", "RUN"], "late, 2 seeds"),
        (["compare", "--runs", "RUNS", "simulated:late", "simulated:none"], "xnli"),
        (["ls", "runs", "--runs", "RUNS"], "simulated"),
        (["store", "verify", "--runs", "RUNS"], "stages are as they were made"),
    ],
)
def test_commands_read_it(run: Path, words: list[str], said: str) -> None:
    given = {"RUNS": str(run.parent), "RUN": str(run)}
    found = CliRunner().invoke(cli, [given.get(word, word) for word in words], terminal_width=120)
    assert found.exit_code == 0, found.output
    assert said in found.output


def test_a_name_is_given_once(experiment: Experiment, run: Path) -> None:
    with raises_code("run-name-taken"):
        write_run(simulate(ALL_KINDS, seed=4), run.parent, "simulated")
    with raises_code("malformed-run-name"):
        write_run(experiment, run.parent, "not/a name")
