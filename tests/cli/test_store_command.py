"""`xharness store` says what is there, what is wrong and what goes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures import Cli, RunDirectory

DIGEST = "0123456789abcdef"


def lines_of(out: str, kind: str) -> list[str]:
    return [line.strip() for line in out.splitlines() if line.split()[:1] == [kind]]


def test_ls_shows_each_stage_and_a_total(cli: Cli, runs: Path) -> None:
    rows = json.loads(cli("store", "ls", "--json", "--runs", runs).out)
    done = cli("store", "ls", "--runs", runs)
    assert done.code == 0
    for row in rows:
        (line,) = (line for line in done.out.splitlines() if row["digest"] in line)
        assert re.search(rf"{row['kind']} +{row['digest']} +{re.escape(row['about'])} .* s +{row['runs']} *$", line)
        assert row["state"] == "finished"
        assert row["bytes"] > 0
        assert row["runs"] == 1
    assert "intermediate phase on mnli, qqp, seed 1" in done.out
    assert "pawsx test, qab" in done.out
    assert re.search(rf"^finished: {len(rows)} stages, [\d.]+ kB$", done.out, re.MULTILINE)


def test_ls_shows_what_is_not_finished(cli: Cli, runs: Path) -> None:
    train = runs / "store" / "train"
    (train / f"{DIGEST}.work" / "step-5").mkdir(parents=True)
    (train / f"{DIGEST}.new").mkdir()
    done = cli("store", "ls", "--runs", runs)
    assert [re.split(" {2,}", line)[2] for line in lines_of(done.out, "train") if DIGEST in line] == [
        "leftover",
        "half-done",
    ]
    assert "half-done or left over: 2 stages" in done.out
    states = {row["state"] for row in json.loads(cli("store", "ls", "--json", "--runs", runs).out)}
    assert states == {"finished", "half-done", "leftover"}


def test_ls_shows_what_was_let_go(cli: Cli, runs: Path) -> None:
    from harness.planning.store import Store

    rows = json.loads(cli("store", "ls", "--json", "--runs", runs).out)
    phase = next(row for row in rows if row["kind"] == "train")
    assert Store(runs / "store").let_go("train", phase["digest"])
    done = cli("store", "ls", "--runs", runs)
    (line,) = (line for line in done.out.splitlines() if phase["digest"] in line)
    assert f"{phase['about']} (let go)" in line
    assert re.search(r"^finished: \d+ stages, .*; let go, can be made again: 1 stage, ", done.out, re.MULTILINE)
    (row,) = (row for row in json.loads(cli("store", "ls", "--json", "--runs", runs).out) if row["state"] == "let go")
    assert (row["digest"], row["runs"]) == (phase["digest"], 1)
    assert row["bytes"] < phase["bytes"]
    assert cli("store", "verify", "--runs", runs).code == 0


def test_ls_goes_on_without_the_records_of_a_run(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    (run_directory(runs) / "records.jsonl").write_text("nonsense\n{}\n")
    done = cli("store", "ls", "--runs", runs)
    assert done.code == 0
    assert done.err.startswith("warning: the records of a run cannot be read")
    assert " runs " not in done.out
    assert "pawsx test, qab" in done.out
    assert {row["runs"] for row in json.loads(cli("store", "ls", "--json", "--runs", runs).out)} == {None}


def test_verify_is_content_with_a_new_store(cli: Cli, runs: Path) -> None:
    done = cli("store", "verify", "--runs", runs)
    assert done.code == 0
    assert re.fullmatch(r"\d+ stages are as they were made\n", done.out)


def test_verify_names_files_and_prune_fixes_it(cli: Cli, runs: Path) -> None:
    path = next((runs / "store" / "train").glob("*/heads.json")).parent
    (path / "heads.json").write_text("{}")
    (path / "tokenizer.json").unlink()
    (path / "notes.txt").touch()
    done = cli("store", "verify", "--runs", runs)
    assert done.code == 1
    assert f"{path}: missing tokenizer.json; changed heads.json; extra notes.txt\n" in done.out
    # What was made from it is named, and is no fault of its own.
    made_from = [line for line in done.out.splitlines() if f"perhaps after {path.name} had changed" in line]
    assert made_from
    assert "\n1 of " in done.out
    assert "`xharness store prune --broken --yes`" in done.out
    listed = cli("store", "verify", "--json", "--runs", runs)
    assert listed.code == 1
    (row,) = (row for row in json.loads(listed.out) if row["digest"] == path.name)
    doubtful = [other for other in json.loads(listed.out) if other["made_from_wrong"] == path.name]
    assert len(doubtful) == len(made_from)
    assert not any(other[name] for other in doubtful for name in ("missing", "changed", "extra"))
    assert [row[name] for name in ("missing", "changed", "extra")] == [
        ["tokenizer.json"],
        ["heads.json"],
        ["notes.txt"],
    ]
    assert cli("store", "prune", "--broken", "--yes", "--runs", runs).code == 0
    assert not path.exists()
    assert cli("store", "verify", "--runs", runs).code == 0


def test_prune_needs_to_know_what(cli: Cli, runs: Path) -> None:
    for options in ([], ["--yes"]):
        done = cli("store", "prune", *options, "--runs", runs)
        assert done.code == 2
        assert "--unused, --encoded, --broken or --work" in done.err


def test_prune_lists_before_it_deletes(cli: Cli, runs: Path) -> None:
    features = len(list((runs / "store" / "features").glob("[!.]*")))
    listed = cli("store", "prune", "--encoded", "--runs", runs)
    assert len(lines_of(listed.out, "features")) == features
    assert re.search(rf"^would go: {features} stages, [\d.]+ kB; --yes deletes them$", listed.out, re.MULTILINE)
    done = cli("store", "prune", "--encoded", "--yes", "--runs", runs)
    assert re.search(rf"^deleted: {features} stages, [\d.]+ kB$", done.out, re.MULTILINE)
    assert cli("store", "prune", "--encoded", "--yes", "--runs", runs).out == "deleted: 0 stages, 0 bytes\n"


def test_prune_says_what_it_leaves_alone(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    from harness.planning.store import lock_of

    shutil.rmtree(run_directory(runs))
    work = runs / "store" / "train" / f"{DIGEST}.work"
    (work / "step-5").mkdir(parents=True)
    with lock_of(work.with_name(DIGEST)):
        done = cli("store", "prune", "--unused", "--work", "--yes", "--runs", runs)
    assert f"left alone, another process is building it: {work}\n" in done.out
    assert "kept, as half-done work may need what no run refers to: " in done.out
    assert work.is_dir()


def test_prune_refuses_where_records_cannot_be_read(cli: Cli, runs: Path, run_directory: RunDirectory) -> None:
    directory = run_directory(runs)
    (directory / "records.jsonl").write_text("")
    done = cli("store", "prune", "--unused", "--yes", "--runs", runs)
    assert done.code == 2
    assert "[unreadable-records]" in done.err
    assert str(directory) in done.err
    assert list((runs / "store" / "features").glob("[!.]*"))


@pytest.mark.parametrize("command", [["ls"], ["verify"], ["prune", "--unused"]])
def test_it_needs_no_torch(runs: Path, command: list[str]) -> None:
    code = (
        f"import sys\nfrom harness.cli.main import run\ncode = run({['store', *command, '--runs', str(runs)]!r})\n"
        "print(code, *sorted({'torch', 'transformers', 'datasets', 'deepspeed'} & set(sys.modules)), sep=',')"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "0"


def test_a_wrong_subcommand_is_refused(cli: Cli) -> None:
    done = cli("store", "lst")
    assert done.code == 2
    assert "No such command 'lst'" in done.err
