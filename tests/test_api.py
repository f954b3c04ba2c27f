"""xharness from Python: train, evaluate and read records on the embedded benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import harness
from harness.api import Run
from tests.raising import raises_code

SMALL: dict[str, Any] = {
    "intermediate.steps": 6,
    "target.steps": 4,
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small run with a baseline."""
    import torch

    torch.set_num_threads(1)
    runs = tmp_path_factory.mktemp("api") / "runs"
    config = runs.parent / "settings.toml"
    config.write_text('intermediate = ["mnli"]\ntarget = ["pawsx"]\nmodel = "scratch"\nlimit = 40\n')
    return harness.train(runs=runs, config=config, intermediate="qqp", languages=["en", "qaa"], set=SMALL)


def test_training_scores_every_language_with_and_without_intermediate_task(trained: Run) -> None:
    table = trained.records
    assert trained.failed == ()
    assert table.groupby("arm")["language"].apply(list).to_dict() == {"none": ["en", "qaa"], "qqp": ["en", "qaa"]}
    assert set(table["task"]) == {"pawsx"}
    assert set(table["n"]) == {40}
    assert table["limited"].all()
    assert table["value"].between(table["low"], table["high"]).all()
    assert harness.load_records(trained.directory).equals(table)


def test_further_tasks_are_scored_on_the_runs_encoders(trained: Run) -> None:
    runs = trained.directory.parent
    phases = {path.name for path in (runs / "store" / "train").iterdir() if path.is_dir()}
    run = harness.evaluate("tatoeba,qqp", languages="qaa,en", runs=runs, run=trained.directory.name)
    assert run.failed == ()
    found = {(row.task, row.arm, row.language, row.role) for row in run.records.itertuples()}
    assert found == {
        ("tatoeba", "none", "qaa", "target"),
        ("tatoeba", "qqp", "qaa", "target"),
        ("qqp", "none", "en", "target"),
        ("qqp", "qqp", "en", "intermediate"),
    }
    new = [path for path in (runs / "store" / "train").iterdir() if path.is_dir() and path.name not in phases]
    # Only the baseline needs a head for qqp.
    assert len(new) == 1
    again = harness.evaluate(["tatoeba"], languages=["qaa"], runs=runs, run=run.directory.name, train=False)
    assert len(again.records) == 2


def test_a_run_that_lies_elsewhere_is_evaluated_there(trained: Run, tmp_path: Path) -> None:
    run = harness.evaluate("pawsx", languages="en", runs=tmp_path / "none", run=str(trained.directory), train=False)
    assert run.failed == ()
    assert run.directory.parent == trained.directory.parent
    assert not (tmp_path / "none").exists()


def test_what_would_have_to_be_trained_is_refused_by_name(trained: Run) -> None:
    with raises_code("phases-not-in-store", "2", "target phase on squad"):
        harness.evaluate(["squad"], languages=["en"], runs=trained.directory.parent, train=False)


def test_wrong_settings_are_refused(tmp_path: Path) -> None:
    with raises_code("unknown-setting", "intermediat", "train()"):
        harness.train(runs=tmp_path, intermediat=["mnli"])
    with raises_code("several-runs-in-settings", "2"):
        harness.train(runs=tmp_path, target=["pawsx"], set={"lr": [1e-5, 2e-5]})
    with raises_code("no-target"):
        harness.train(runs=tmp_path)
    with raises_code("no-run-yet"):
        harness.evaluate(["pawsx"], runs=tmp_path)
    with raises_code("unknown-run", "yesterday"):
        harness.evaluate(["pawsx"], runs=tmp_path, run="yesterday")
