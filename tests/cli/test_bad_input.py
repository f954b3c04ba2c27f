"""Bad input of every sort: exit code 2, what, where and how to fix; finished work is kept."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import Cli, Result, Results, RunDirectory

SQUAD = "squad/train-v1.1.json"


def refused(done: Result, *said: str) -> None:
    assert done.code == 2, done.out + done.err
    assert "Traceback" not in done.out + done.err
    for words in said:
        assert words in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--target", "pawxs"], "did you mean pawsx"),
        (["--target", "pawsx", "--intermediate", "mnly"], "did you mean mnli"),
        (["--target", "pawsx", "--intermediate", "all,-cg"], "did you mean ccg"),
        (["--target", "pawsx", "--intermediate", "mnli,-ccg"], "[nothing-excluded]"),
        (
            ["--target", "pawsx", "--intermediate", "tatoeba,mnli"],
            "--intermediate tatoeba,mnli,-tatoeba",
        ),
        (["--target", "pawsx", "--model", "scrach"], "did you mean scratch"),
        (["--target", "pawsx", "--model", "./nowhere"], "[unknown-model]"),
        (["--target", "pawsx", "--mode", "sequence"], "did you mean sequential"),
        (["--target", "pawsx", "--languages", "qax"], "did you mean qa"),
        (["--target", "pawsx", "--preset", "minni"], "did you mean mini"),
        (["--target", "pawsx", "--set", "batchsize=3"], "did you mean batch_size"),
        (["--target", "pawsx", "--set", "tasks.mnly.lr=1e-3"], "did you mean mnli"),
        (["--target", "pawsx", "--set", "targt.lr=1e-3"], "did you mean target"),
        (["--target", "pawsx", "--set", "lr=fast"], "[wrong-type]"),
        (["--target", "pawsx", "--set", "lr=-1"], "[value-out-of-range]"),
        (["--target", "pawsx", "--set", "lr"], "[malformed-set]"),
        (["--target", "pawsx", "--set", "pooling=max"], "pooling"),
        (["--target", "pawsx", "--model", "scratch", "--set", "model.hiden_size=3"], "did you mean hidden_size"),
        (["--target", "pawsx", "--set", "model.hidden_size=3"], "'hidden_size'  [unknown-model-parameter]"),
        (["--target", "pawsx", "--seeds", "one"], "is not a list of whole numbers"),
        (["--target", "pawsx", "--seeds", "1,1"], "[repeated-seed]"),
        (["--target", "pawsx", "--seeds", "-1"], "seeds = -1 must not be below 0  [value-out-of-range]"),
        (["--target", "pawsx", "--limit", "-3"], "[value-out-of-range]"),
        (["--target", "pawsx", "--config", "none.toml"], "none.toml"),
        ([], "[no-target]"),
    ],
)
def test_unknown_names_and_values_are_refused_with_a_suggestion(
    cli: Cli, tmp_path: Path, options: list[str], said: str
) -> None:
    refused(cli("train", *options, "--runs", tmp_path / "runs"), said)
    assert not list((tmp_path / "runs").glob("store/*/*"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("target = [", "[not-toml]"),
        ("taget = ['pawsx']", "did you mean target"),
        ("target = 3", "[not-a-list]"),
        ("limit = 'few'", "[wrong-type]"),
        ("seeds = [1, -1]", "seeds = -1 must not be below 0"),
        ("[set]\nlearning_rate = 1", "'learning_rate'  [unknown-hyper-parameter]"),
    ],
)
def test_settings_files_are_checked(cli: Cli, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    refused(cli("train", "--config", file, "--plan"), said, str(file))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[pawsx.test\n", "[not-toml]"),
        ('[pawxs.test]\nfile = "x"\n', "did you mean pawsx"),
        ('[pawsx.tests]\nfile = "x"\n', "did you mean test"),
        ('[pawsx.test]\nfile = "x"\nformat = "paw"\n', "did you mean paws"),
    ],
)
def test_maps_of_files_are_checked(cli: Cli, tmp_path: Path, tiny_model: list[str], text: str, said: str) -> None:
    file = tmp_path / "map.toml"
    file.write_text(text)
    refused(cli("train", "--target", "pawsx", "--data", file, *tiny_model, "--plan"), said, str(file))


@pytest.fixture
def train(cli: Cli, pawsx: Path, tiny: list[str], tmp_path: Path) -> Cli:
    """Trains on the hand-made data."""

    def call(*options: object) -> Result:
        runs = tmp_path / "runs"
        return cli("train", "--target", "pawsx", "--data", pawsx, *tiny, *options, "--runs", runs)

    return call


def test_missing_intermediates_refuse_the_run_before_training(train: Cli, pawsx: Path, tmp_path: Path) -> None:
    done = train("--intermediate", "qqp,mnli")
    refused(done, "qqp, mnli  [no-training-rows]", "multinli_1.0_train.jsonl")
    refused(done, "leave out --intermediate")
    assert not (tmp_path / "runs" / "store" / "train").exists()


def test_what_is_missing_can_be_left_out_by_name(train: Cli, pawsx: Path) -> None:
    (pawsx / "squad").mkdir()
    (pawsx / SQUAD).write_text(json.dumps(squad(12)))
    missing = ",".join(f"-{name}" for name in ("anli", "mnli", "qqp", "squad_v2", "hellaswag", "ccg", "cosmosqa"))
    refused(train("--intermediate", f"all,{missing}", "--plan"), "commonsenseqa  [no-training-rows]")
    assert train("--intermediate", f"all,{missing},-commonsenseqa").code == 0


def test_data_without_the_files_name_the_places_looked_at(train: Cli, pawsx: Path) -> None:
    (pawsx / "x-final" / "en" / "train.tsv").unlink()
    refused(train(), str(pawsx / "x-final/en/train.tsv"), str(pawsx / "pawsx/train-en.tsv"), "fix: ")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("99\tone\ttwo\t", "label '' is neither 0 nor 1"),
        ("99\tone\ttwo\tmaybe", "label 'maybe' is neither 0 nor 1"),
        ("99\tone\ttwo", "columns"),
        ("99\tone \udcff\ttwo\t1", "not UTF-8: byte 0xff"),
    ],
)
def test_bad_rows_are_counted_by_file_and_line_or_refused(
    train: Cli, pawsx: Path, tmp_path: Path, run_directory: RunDirectory, results: Results, row: str, reason: str
) -> None:
    with (pawsx / "x-final" / "de" / "test_2k.tsv").open("ab") as file:
        file.write(f"{row}\n".encode(errors="surrogateescape"))
    done = train()
    assert done.code == 0
    directory = run_directory(tmp_path / "runs")
    (skipped,) = (directory / "skipped.txt").read_text(encoding="utf-8").splitlines()
    assert skipped.startswith("x-final/de/test_2k.tsv:14: ")
    assert reason in skipped
    assert {s["language"]: (s["n"], s["n_skipped"]) for s in results(directory)} == {"en": (12, 0), "de": (12, 1)}
    assert "k  some rows could not be read" in done.out
    refused(train("--strict"), "x-final/de/test_2k.tsv:14", reason, "leave out --strict")


def test_broken_json_is_counted_by_line(train: Cli, pawsx: Path, tmp_path: Path, run_directory: RunDirectory) -> None:
    folder = pawsx / "multinli_1.0"
    folder.mkdir()
    pairs = [{"sentence1": f"a {i}", "sentence2": "b", "gold_label": "neutral"} for i in range(20)]
    lines = [json.dumps(pair) for pair in pairs]
    lines[16] = lines[16][:-5]
    (folder / "multinli_1.0_train.jsonl").write_text("\n".join(lines))
    done = train("--intermediate", "mnli")
    assert done.code == 0
    assert "multinli_1.0/multinli_1.0_train.jsonl:17: " in done.out
    refused(train("--intermediate", "mnli", "--strict"), "multinli_1.0/multinli_1.0_train.jsonl:17: ")


def test_an_answer_that_is_not_in_its_context_is_counted(train: Cli, pawsx: Path) -> None:
    (pawsx / "squad").mkdir()
    content = squad(12)
    content["data"][0]["paragraphs"][3]["qas"][0]["answers"][0]["answer_start"] = 1
    (pawsx / SQUAD).write_text(json.dumps(content))
    done = train("--intermediate", "squad")
    assert done.code == 0
    assert f"bad rows left out: 1, the first: {SQUAD}:4: " in done.out


def squad(n: int) -> dict[str, Any]:
    paragraphs = [
        {
            "context": f"House {i} is in town {i}.",
            "qas": [
                {
                    "id": str(i),
                    "question": "Where is it?",
                    "answers": [{"text": "town", "answer_start": 13 + len(str(i))}],
                }
            ],
        }
        for i in range(n)
    ]
    return {"version": "1.1", "data": [{"title": "t", "paragraphs": paragraphs}]}


def test_an_empty_file_is_refused(train: Cli, pawsx: Path) -> None:
    file = pawsx / "x-final" / "en" / "dev_2k.tsv"
    file.write_text("")
    refused(train(), "[empty-file]", str(file))


def test_data_are_looked_at_before_the_model(cli: Cli, pawsx: Path, tmp_path: Path) -> None:
    for file in pawsx.rglob("test_2k.tsv"):
        file.write_text("no table\n")
    done = cli("train", "--target", "pawsx", "--data", pawsx, "--model", "nobody/nothing", "--runs", tmp_path / "runs")
    refused(done, "[no-readable-row]")


def test_the_plan_names_languages_without_rows(train: Cli, pawsx: Path) -> None:
    (pawsx / "x-final" / "en" / "test_2k.tsv").unlink()
    assert "no rows to score in: pawsx test en, es, fr, ja, ko, zh" in train("--plan").out
    assert "no rows to score in: pawsx test en\n" in train("--plan", "--languages", "en,de").out
    assert "no rows to score in" not in train("--plan", "--languages", "de").out


def test_a_value_is_sought_in_the_file_and_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("target = ['pawsx']")
    refused(cli("train", "--config", file, "--set", "lr=fast"), f"where: {file} or command line")


def test_a_file_of_bad_rows_alone_is_refused(train: Cli, pawsx: Path) -> None:
    file = pawsx / "x-final" / "en" / "train.tsv"
    file.write_text("id\tsentence1\tsentence2\tlabel\n1\ta\tb\tx\n2\ta\tb\ty\n")
    refused(train(), "[no-readable-row]", "x-final/en/train.tsv:2")


def test_hidden_labels_are_not_scored(train: Cli, pawsx: Path, tmp_path: Path, run_directory: RunDirectory) -> None:
    file = pawsx / "x-final" / "de" / "test_2k.tsv"
    file.write_text("id\tsentence1\tsentence2\tlabel\n" + "".join(f"{i}\ta {i}\tb\t0\n" for i in range(60)))
    done = train("--limit", "60")
    assert done.code == 1
    assert "failed: pawsx de without intermediate tasks, seed 1: all 60 gold labels are '0'" in done.out


def test_a_runs_directory_that_cannot_be_is_refused(cli: Cli, tmp_path: Path, tiny: list[str]) -> None:
    file = tmp_path / "file"
    file.touch()
    for runs in (file, file / "below"):
        refused(cli("train", "--target", "pawsx", *tiny, "--runs", runs), "[not-a-directory]", str(file), "--runs")
    for command in (["ls", "runs"], ["summary"], ["store", "ls"], ["eval", "--tasks", "pawsx"]):
        refused(cli(*command, "--runs", file), "[not-a-directory]", str(file), "--runs")


def test_where_runs_are_looked_for_is_said_whole(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused(cli("summary", "--runs", "mine"), "[no-run-yet]", f"where: {tmp_path / 'mine'}\n")
    refused(cli("summary", "old", "--runs", "mine"), "[unknown-run]", f"where: {tmp_path / 'mine'}\n")
    refused(cli("store", "ls", "--runs", "mine"), "[no-store-yet]", f"where: {tmp_path / 'mine' / 'store'}\n")


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("target.lr=-1", "target.lr = -1.0 must be above 0"),
        ("tasks.pawsx.batch_size=0", "tasks.pawsx.batch_size = 0 must be above 0"),
        ("kinds.text-classification.dropout=1", "kinds.text-classification.dropout = 1.0 must be from 0 to below 1"),
        ("target.lr=1e-4,-1", "target.lr = -1.0 must be above 0"),
        ("target.warmup=7000", "target.warmup = 7000 steps do not end within a phase of 4 steps"),
        ("model.dropout=2", "model.dropout = 2 must be"),
    ],
)
def test_a_value_is_refused_under_the_name_that_it_was_given(cli: Cli, assignment: str, said: str) -> None:
    words = ["train", "--target", "pawsx", "--model", "scratch", "--set", "target.steps=4", "--plan"]
    refused(cli(*words, "--set", assignment), said)


def test_a_read_only_runs_directory_is_refused(
    cli: Cli, tmp_path: Path, tiny: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise PermissionError(errno.EROFS, "Read-only file system", str(tmp_path / "runs"))

    monkeypatch.setattr("harness.planning.store.tempfile.TemporaryFile", refuse)
    refused(cli("train", "--target", "pawsx", *tiny, "--runs", tmp_path / "runs"), "[cannot-write]", "--runs")


def test_a_disk_that_fills_up_keeps_what_is_written(
    cli: Cli,
    tmp_path: Path,
    tiny: list[str],
    run_directory: RunDirectory,
    results: Results,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs = tmp_path / "runs"
    options = ("train", "--target", "pawsx,tatoeba", *tiny, "--runs", runs)
    refusals = 0

    def fsync(descriptor: int) -> None:
        nonlocal refusals
        if any(results(file.parent) for file in runs.glob("*/records.jsonl")):
            refusals += 1
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        refused(cli(*options), "[disk-full]")
    assert refusals == 1
    assert len(results(run_directory(runs))) > 0
    again = cli(*options)
    assert again.code == 0
    assert "target phase" not in again.out


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(place)]
    if os.getuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no right to mount a small file system")
    yield place
    # Lazily, because a file may still be mapped into memory.
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_named(cli: Cli, small_disk: Path, tiny: list[str]) -> None:
    done = cli("train", "--target", "pawsx", *tiny, "--set", "model.hidden_size=256", "--runs", small_disk / "runs")
    refused(done, "[disk-full]", str(small_disk), "--runs")


@pytest.mark.parametrize(
    "command",
    [
        ["train", "--target", "pawsx", "--plan", "--runs"],
        ["train", "--target", "pawsx", "--plan", "--data"],
        ["ls", "runs", "--runs"],
        ["summary", "--runs"],
        ["store", "ls", "--runs"],
    ],
)
def test_a_name_that_is_too_long_is_no_traceback(cli: Cli, command: list[str]) -> None:
    refused(cli(*command, "x" * 300), "x" * 50)
