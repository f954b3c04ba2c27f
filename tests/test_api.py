"""xharness from Python: train, evaluate and read records on the embedded benchmark."""

from __future__ import annotations

import html
import re
import shutil
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
    return harness.train(
        runs=runs, config=config, name="trained", intermediate="qqp", languages=["en", "qaa"], set=SMALL, progress=False
    )


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
        harness.train(runs=tmp_path, intermediat=["mnli"])  # type: ignore[call-arg]
    with raises_code("wrong-arguments", "train()", "target="):
        harness.train("pawsx")  # type: ignore[call-arg]
    with raises_code("unknown-argument", "evaluate()", "measures"):
        harness.evaluate(measure=["anisotropy"])  # type: ignore[call-arg]
    for key in ("runs", "config", "resume", "name"):
        with raises_code("wrong-type", f"{key} must be", "plan()"):
            harness.plan(target="pawsx", **{key: 3})  # type: ignore[arg-type]
    with raises_code("not-a-list", "perturb"):
        harness.evaluate("pawsx", run=tmp_path, perturb=2)  # type: ignore[arg-type]
    with raises_code("no-target"):
        harness.train(runs=tmp_path)
    with raises_code("no-run-yet"):
        harness.evaluate(["pawsx"], runs=tmp_path)
    with raises_code("unknown-run", "yesterday"):
        harness.evaluate(["pawsx"], runs=tmp_path, run="yesterday")


# --- what a notebook shows


def test_a_plan_is_shown_and_nothing_is_written(trained: Run, tmp_path: Path) -> None:
    config = trained.directory.parent.parent / "settings.toml"
    planned = harness.plan(runs=tmp_path / "runs", config=config, intermediate="qqp", set=SMALL)
    assert list(tmp_path.iterdir()) == []
    assert "3 training phases, 0 of them done" in str(planned)
    assert repr(planned) == str(planned)
    assert_shows(planned._repr_html_(), "3 training phases, 0 of them done", "pawsx")


def test_a_summary_is_shown_as_text_and_as_html(trained: Run) -> None:
    summary = trained.summary()
    assert "pawsx: accuracy, percent, after qqp" in str(summary)
    assert_shows(summary._repr_html_(), "pawsx: accuracy, percent, after qqp", "transfer gap")
    assert trained._repr_html_() == summary._repr_html_()
    assert trained.name == "trained"


def assert_shows(page: str, *words: str) -> None:
    """That a page is lines of preformatted text, with its own escapes, that has these words."""
    text = html.unescape(re.sub("<[^>]*>", "", page))
    assert page.startswith("<pre")
    assert [word for word in words if word not in text] == []
    assert {name for name, _ in re.findall(r"<(\w+)([ >])", page)} <= {"pre", "span"}


def test_progress_is_plain_lines_where_there_is_no_terminal(trained: Run, capsys: pytest.CaptureFixture[str]) -> None:
    runs = trained.directory.parent
    run = harness.evaluate("pawsx", languages="en", runs=runs, train=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"run: {trained.directory}"
    assert "scores after qqp, seed 1:" in lines
    assert sum(line.startswith("  pawsx en: accuracy") for line in lines) == 2
    harness.evaluate("pawsx", languages="en", runs=runs, train=False, progress=False)
    assert capsys.readouterr() == ("", "")
    assert run.directory.parent == runs


def test_a_text_is_one_condition_or_names(trained: Run) -> None:
    runs = trained.directory.parent
    run = harness.evaluate(
        "pawsx", runs=runs, languages="en", perturb="typo:2{rate=0.2}", measures="anisotropy", progress=False
    )
    assert set(run.records["perturbation"]) == {"", "typo:2{rate=0.2}"}
    assert "anisotropy" in (run.directory / "records.jsonl").read_text()


@pytest.mark.parametrize("seeds", [range(1, 3), "1,2", "1, 2", (1, 2)])
def test_seeds_are_a_list_a_range_or_a_text(seeds: Any, tmp_path: Path) -> None:
    planned = harness.plan(runs=tmp_path, target="pawsx", model="scratch", seeds=seeds)
    assert planned.session.plan.settings.seeds == (1, 2)


@pytest.mark.parametrize("seeds", ["1,", "a", "", 1.5])
def test_what_is_no_list_of_seeds_is_refused(seeds: Any, tmp_path: Path) -> None:
    with raises_code("not-a-list", "seeds"):
        harness.plan(runs=tmp_path, target="pawsx", seeds=seeds)


def test_gains_in_a_summary_are_against_the_arm_that_is_asked_for(trained: Run) -> None:
    assert "qqp" in str(trained.summary(against="qqp"))
    assert str(trained.summary(against="qqp")) != str(trained.summary())
    with raises_code("unknown-arm", "late"):
        trained.summary(against="late")


def test_a_plan_takes_what_train_takes(trained: Run, tmp_path: Path) -> None:
    runs = trained.directory.parent
    named = harness.plan(runs=tmp_path, target="pawsx", model="scratch", name="first", track="tensorboard")
    assert named.session.name == "first"
    with raises_code("unknown-tracker"):
        harness.plan(runs=tmp_path, target="pawsx", track=["nobody"])
    with raises_code("run-name-taken"):
        harness.plan(runs=runs, target="pawsx", model="scratch", name="trained")


def test_a_run_is_resumed_with_its_settings_and_its_name(trained: Run, tmp_path: Path) -> None:
    runs = Path(shutil.copytree(trained.directory.parent, tmp_path / "runs"))
    assert "3 training phases, 3 of them done" in str(harness.plan(resume="trained", runs=runs))
    again = harness.train(resume="trained", runs=runs, progress=False)
    assert again.name == "trained"
    assert again.directory.name > trained.directory.name
    assert again.records["value"].equals(trained.records["value"])
    with raises_code("options-exclude-each-other", "target, name"):
        harness.train(resume="trained", runs=runs, target="pawsx", name="other")


# --- runs by name


def test_records_and_steps_are_loaded_by_name(trained: Run) -> None:
    runs = trained.directory.parent
    for name in ("trained", "tra", trained.directory.name, str(trained.directory)):
        assert harness.load_records(name, runs=runs).equals(trained.records)
    assert harness.load_records(runs=runs).equals(trained.records)
    assert len(harness.load_steps("tra", runs=runs)) == 14
    for twice in (("trained", trained.directory), (["trained", "tra"],)):
        with raises_code("run-named-twice"):
            harness.load_records(*twice, runs=runs)
    with raises_code("unknown-run"):
        harness.load_records("yesterday", runs=runs)
    with raises_code("wrong-type", "7"):
        harness.load_records(7, runs=runs)  # type: ignore[arg-type]


def test_records_of_a_list_of_runs_are_loaded_together(trained: Run) -> None:
    runs = trained.directory.parent
    more = harness.evaluate("tatoeba", run="trained", runs=runs, languages="qaa", train=False, progress=False)
    both = harness.load_records(["trained", more.directory], runs=runs)
    assert both.equals(harness.load_records("trained", more.directory, runs=runs))
    assert len(both) == len(trained.records) + len(more.records)


def test_a_metric_means_every_task_that_it_scores(trained: Run) -> None:
    runs = trained.directory.parent
    run = harness.evaluate(metric="duplicate_f1", run="tra", runs=runs, languages="en", name="f1", progress=False)
    assert run.name == "f1"
    assert set(run.records["metric"]) == {"duplicate_f1"}
    assert {"pawsx", "qqp"} >= set(run.records["task"]) > set()
    with raises_code("metric-scores-nothing"):
        harness.evaluate("pawsx", metric="squad_f1", runs=runs)
    with raises_code("nothing-to-score"):
        harness.evaluate(runs=runs)


def test_every_public_name_is_listed() -> None:
    assert set(harness.__all__) <= set(dir(harness))
    assert {name for name in dir(harness) if not name.startswith("__")} == set(harness.__all__)
