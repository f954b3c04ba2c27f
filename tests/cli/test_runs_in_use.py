"""Runs as a person handles them: plans that write nothing, names, which run is used, interruption and resuming."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.results.runs import at_work
from tests.fixtures import Cli, RunDirectory
from tests.raising import has_words

SMALL = ("--target", "tatoeba", "--languages", "qab")
"""A run that trains nothing."""


def everything(directory: Path) -> dict[Path, float]:
    """All files and directories below, with the time of their last change."""
    return {path: path.stat().st_mtime_ns for path in sorted(directory.rglob("*"))}


def interrupted(run: Path, records: int = 1) -> Path:
    """Make it as if a run had been killed after some records."""
    lines = (run / "records.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (run / "records.jsonl").write_text("".join(lines[:records]), encoding="utf-8")
    info = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(info | {"ending": None}))
    return run


# --- plans


@pytest.mark.parametrize("option", ["--plan", "--dry-run"])
def test_a_plan_writes_nothing(cli: Cli, tmp_path: Path, tiny: list[str], option: str) -> None:
    here = Path.cwd()
    before = everything(tmp_path)
    done = cli("train", "--intermediate", "mnli", "--target", "pawsx", *tiny, option, "--track", "tensorboard")
    assert done.code == 0, done.err
    assert "2 training phases" not in done.out
    assert "3 training phases, 0 of them done" in done.out
    assert everything(tmp_path) == before
    assert list(here.iterdir()) == []


def test_a_plan_of_an_evaluation_writes_nothing(cli: Cli, runs: Path) -> None:
    before = everything(runs)
    for command in (("eval", "--tasks", "ccg"), ("eval", "--tasks", "pawsx", "--perturb", "typo:2")):
        assert cli(*command, "--plan", "--runs", runs, "--track", "tensorboard").code == 0
    assert everything(runs) == before


# --- names


def test_a_name_is_of_one_run(cli: Cli, tmp_path: Path, tiny: list[str]) -> None:
    command = ("train", *SMALL, *tiny, "--name", "qab", "--runs", tmp_path / "runs")
    assert cli(*command).code == 0
    # Repeating it is another attempt at the same.
    assert cli(*command).code == 0
    before = list(everything(tmp_path))
    for option in ((), ("--plan",)):
        taken = cli(*command, "--seeds", "2", *option)
        assert taken.code == 2
        assert "[run-name-taken]" in taken.err
        assert has_words(taken.err, "--resume qab")
    assert list(everything(tmp_path)) == before


@pytest.mark.parametrize("name", ["a/b", "..", "", "a b", "20260101T000000.0-pawsx"])
def test_names_that_cannot_be_are_refused_before_rows_are_read(cli: Cli, tiny: list[str], name: str) -> None:
    for command in (("train", *SMALL, "--data", "nowhere"), ("eval", "--tasks", "pawsx")):
        refused = cli(*command, "--name", name)
        assert refused.code == 2
        assert "[malformed-run-name]" in refused.err
    assert list(Path.cwd().iterdir()) == []


def test_runs_are_named_by_their_beginning(cli: Cli, runs: Path, tmp_path: Path) -> None:
    common = ("eval", "--tasks", "pawsx", "--no-train", "--runs", runs)
    for language in ("qab", "qac"):
        assert cli(*common, "--languages", language, "--name", f"only-{language}").code == 0
    unclear = cli("summary", "only", "--runs", runs)
    assert unclear.code == 2
    assert "[ambiguous-run]" in unclear.err
    assert has_words(unclear.err, "only-qab, only-qac")
    assert "-only-qac\n" in cli("summary", "only-qac", "--runs", runs).err
    assert "-only-qab\n" in cli("rescore", "only-qab", "--output", tmp_path / "again", "--runs", runs).err
    assert "-only-qab\n" in cli("export", "leaderboard", "only-qab", "--allow", "limited,partial", "--runs", runs).err


# --- the latest run


def test_evaluations_and_rescored_runs_do_not_become_the_latest(
    cli: Cli, runs: Path, run_directory: RunDirectory, tmp_path: Path
) -> None:
    trained = run_directory(runs)
    scored = ("--tasks", "pawsx", "--languages", "qab", "--no-train", "--runs", runs)
    assert cli("eval", *scored).code == 0
    assert cli("rescore", "--runs", runs).code == 0
    model = ("export", "model", "--task", "pawsx", "--arm", "none", "--output", tmp_path / "model")
    for command in (
        ("eval", *scored, "--plan"),
        ("rescore", "--runs", runs),
        ("summary", "--runs", runs),
        ("export", "leaderboard", "--allow", "limited,partial", "--runs", runs),
        ("export", "submission", "--benchmark", "xtreme@mini", "--partial", "--output", tmp_path / "s", "--runs", runs),
        (*model, "--runs", runs),
    ):
        done = cli(*command)
        assert done.err.splitlines()[:1] == [f"run: {trained}"], command


def test_output_stays_clean(cli: Cli, runs: Path) -> None:
    done = cli("export", "leaderboard", "--allow", "limited,partial", "--runs", runs)
    assert json.loads(done.out)["systems"]


# --- interruption


def test_a_run_interrupted_before_its_first_score_is_a_run(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    run = interrupted(run_directory(runs))
    for command in ("summary", "rescore"):
        for name in ((), (run.name,)):
            done = cli(command, *name, "--runs", runs)
            assert done.code == 2
            assert "[run-without-scores]" in done.err
            assert f"to resume it: xharness train --resume {run}" in done.err
    (run / "records.jsonl").unlink()
    assert "[run-without-scores]" in cli("summary", run.name, "--runs", runs).err


def test_a_run_is_resumed_under_its_name_with_its_settings(
    cli: Cli, tmp_path: Path, tiny: list[str], run_directory: RunDirectory
) -> None:
    runs = tmp_path / "runs"
    assert cli("train", *SMALL, *tiny, "--name", "qab", "--runs", runs).code == 0
    first = interrupted(run_directory(runs))
    done = cli("train", "--resume", "qab", "--runs", runs)
    assert done.code == 0
    assert done.err.splitlines()[0] == f"run: {first}"
    second = run_directory(runs)
    assert second != first
    assert (second / "settings.toml").read_text() == (first / "settings.toml").read_text()
    infos = [json.loads((run / "run.json").read_text()) for run in (first, second)]
    assert [(info["name"], info["asked"]) for info in infos] == [("qab", infos[0]["asked"])] * 2
    assert cli("summary", "qab", "--runs", runs).err == f"run: {second}\n"


def test_a_run_of_another_version_is_resumed_whatever_its_digest_says(
    cli: Cli, tmp_path: Path, tiny: list[str], run_directory: RunDirectory
) -> None:
    runs = tmp_path / "runs"
    assert cli("train", *SMALL, *tiny, "--name", "qab", "--runs", runs).code == 0
    first = interrupted(run_directory(runs))
    info = json.loads((first / "run.json").read_text())
    (first / "run.json").write_text(json.dumps(info | {"asked": "of-another-version"}))
    assert "[run-name-taken]" in cli("train", *SMALL, *tiny, "--name", "qab", "--runs", runs).err
    for _ in range(2):
        assert cli("train", "--resume", "qab", "--plan", "--runs", runs).code == 0
        done = cli("train", "--resume", "qab", "--runs", runs)
        assert done.code == 0, done.err
    latest = json.loads((run_directory(runs) / "run.json").read_text())
    assert (latest["name"], latest["asked"]) == ("qab", "of-another-version")
    # All are attempts at one run.
    assert "2 earlier attempts at qab;" in cli("ls", "runs", "--runs", runs).out


@pytest.mark.parametrize(
    "beside",
    [
        ("--target", "pawsx"),
        ("--set", "lr=1e-4"),
        ("--seeds", "1"),
        ("--strict",),
        ("--arm", "mnli"),
        ("--no-baseline",),
        ("--name", "other"),
        ("--config", "file.toml"),
    ],
)
def test_nothing_can_be_set_beside_resume(cli: Cli, runs: Path, beside: tuple[str, ...]) -> None:
    refused = cli("train", "--resume", "2", *beside, "--runs", runs)
    assert refused.code == 2
    assert "[options-exclude-each-other]" in refused.err
    assert has_words(refused.err, beside[0].replace("no-", ""))


def test_what_is_no_training_run_is_not_resumed(cli: Cli, runs: Path) -> None:
    assert cli("eval", "--tasks", "pawsx", "--languages", "qab", "--name", "more", "--runs", runs).code == 0
    refused = cli("train", "--resume", "more", "--runs", runs)
    assert refused.code == 2
    assert "[not-a-training-run]" in refused.err


def test_a_run_at_work_is_not_resumed(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    run = run_directory(runs)
    (run / "run.json").write_text(json.dumps(json.loads((run / "run.json").read_text()) | {"ending": None}))
    with at_work(run):
        refused = cli("train", "--resume", run.name, "--runs", runs)
    assert refused.code == 2
    assert "[run-at-work]" in refused.err
    assert cli("train", "--resume", run.name, "--plan", "--runs", runs).code == 0


def test_a_run_elsewhere_is_resumed_there(cli: Cli, runs: Path, run_directory: RunDirectory, tmp_path: Path) -> None:
    moved = Path(shutil.move(runs, tmp_path / "moved"))
    done = cli("train", "--resume", run_directory(moved))
    assert done.code == 0, done.err
    assert len(list(moved.glob("*/run.json"))) == 2
    assert list(Path.cwd().iterdir()) == []


# --- the list of runs


def test_the_plan_the_run_and_the_list_count_the_same_predictions(
    cli: Cli, tmp_path: Path, tiny: list[str], run_directory: RunDirectory
) -> None:
    runs = tmp_path / "runs"
    # Both arms score the same predictions of tatoeba, which trains nothing; xquad has two metrics.
    arms = ("--arm", "mnli", "--arm", "again: mnli")
    done = cli("train", *arms, "--target", "tatoeba,xquad", "--languages", "qab", *tiny, "--runs", runs)
    assert done.code == 0, done.err
    assert "6 predictions to score, 0 of them done" in done.out
    assert "9 scores of 6 predictions in" in done.out
    (run,) = json.loads(cli("ls", "runs", "--json", "--runs", runs).out)
    assert (run["planned"], run["scored"]) == (6, 6)
    interrupted(run_directory(runs), records=3)
    assert "prediction" in cli("summary", "--runs", runs).out


def test_runs_are_listed_with_what_belongs_to_them(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    trained = run_directory(runs)
    assert cli("eval", "--tasks", "pawsx", "--languages", "qab", "--name", "more", "--runs", runs).code == 0
    assert cli("rescore", "more", "--runs", runs).code == 0
    listed = json.loads(cli("ls", "runs", "--json", "--runs", runs).out)
    evaluated = Path(listed[1]["directory"]).name
    assert [(run["command"], run["of"], run["state"], run["scored"]) for run in listed] == [
        ("train", None, "done", 22),
        ("eval", trained.name, "done", 2),
        ("rescore", evaluated, "done", 2),
    ]
    assert [run["arms"] for run in listed] == [["none", "mnli + qqp"]] * 3
    gains = [run["gains"] for run in listed]
    assert gains[1].keys() == {"mnli + qqp"}
    assert gains[1] == gains[2]
    table = cli("ls", "runs", "--runs", runs).out
    assert [name in table for name in (trained.name[:15], "  more", "rescored")] == [True] * 3
    # What names a run in the list names it elsewhere.
    for run in listed:
        assert cli("summary", run["name"], "--runs", runs).err == f"run: {run['directory']}\n"


def test_filters_of_other_lists_do_not_filter_runs(cli: Cli) -> None:
    assert cli("ls", "runs", "--kind", "text-classification").code == 2


# --- a run with its evaluations


def test_the_summary_of_a_run_has_its_evaluations(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    trained = run_directory(runs)
    before = cli("summary", "--runs", runs).out
    for options in (
        ("--tasks", "qqp", "--measure", "anisotropy", "--name", "more"),
        ("--tasks", "tatoeba", "--set", "pooling=cls", "--name", "cls"),
        ("--tasks", "pawsx", "--languages", "qab", "--perturb", "typo:2", "--name", "typos"),
    ):
        assert cli("eval", *options, "--runs", runs).code == 0
    assert cli("rescore", "more", "--runs", runs).code == 0
    assert cli("rescore", "--runs", runs).code == 0
    after = cli("summary", "--runs", runs).out
    first = before.split("\n\n")[0]
    assert first in after
    assert after.count("pawsx: accuracy, percent, after mnli + qqp (multitask)\n") == 1
    assert "qqp: accuracy, percent, after mnli + qqp" in after
    assert "with typo:2" in after
    assert "qqp: anisotropy of test rows" in after
    lines = after.splitlines()
    assert "evaluation more: qqp" in lines
    assert "evaluation typos: pawsx" in lines
    assert "evaluation cls, in another way: tatoeba; `xharness summary cls`" in lines
    assert sum(line.startswith("rescored: ") for line in lines) == 1
    # Scores of the run itself stay as they were, and an evaluation shows its own alone.
    tatoeba = "tatoeba: retrieval_accuracy, percent, after mnli + qqp"
    assert [part for part in after.split("\n\n") if part.startswith(tatoeba)] == [
        part for part in before.split("\n\n") if part.startswith(tatoeba)
    ]
    assert "pawsx: accuracy" not in cli("summary", "more", "--runs", runs).out
    assert cli("summary", trained.name, "--runs", runs).out == after


def test_a_later_evaluation_stands_for_an_earlier_one(cli: Cli, runs: Path) -> None:
    for name, languages in (("first", "qaa,qab"), ("second", "qab")):
        options = ("--tasks", "bucc2018", "--languages", languages, "--name", name)
        assert cli("eval", *options, "--runs", runs).code == 0
    lines = cli("summary", "--runs", runs).out.splitlines()
    assert "evaluation second: bucc2018" in lines
    assert "evaluation first: bucc2018" in lines
    assert sum(line.startswith("bucc2018: mining_f1") and "after" in line for line in lines) == 1


def test_evaluations_with_other_settings_are_named_and_stay_out_of_the_tables(cli: Cli, runs: Path) -> None:
    before = cli("summary", "--runs", runs).out
    for name, pooling in (("one", "cls"), ("both", "cls,mean")):
        options = ("--tasks", "bucc2018", "--set", f"pooling={pooling}", "--measure", "anisotropy", "--name", name)
        assert cli("eval", *options, "--runs", runs).code == 0
    after = cli("summary", "--runs", runs).out
    assert after.startswith(before.rstrip())
    assert after[len(before.rstrip()) :].strip().splitlines() == [
        "evaluation one, in another way: bucc2018; `xharness summary one`",
        "evaluation both, in another way: bucc2018; `xharness summary both`",
    ]
    assert "pooling=cls" in cli("summary", "both", "--runs", runs).out
