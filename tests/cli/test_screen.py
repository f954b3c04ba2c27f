"""Nothing in records, names and texts of others reaches a terminal or an export as an order to it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness import cli
from harness.visible import HIDDEN
from tests.fixtures import Cli, RunDirectory
from tests.test_visible import EVIL


def poisoned(value: Any, key: str = "") -> Any:
    """A part of a record with `EVIL` in all that may be any text."""
    if isinstance(value, dict):
        return {name: poisoned(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [poisoned(one, key) for one in value]
    return f"{value}{EVIL}" if isinstance(value, str) and key in FREE else value


FREE = {"name", "source", "method", "answers", "printed", "differs", "error", "host", "store", "selection", "licence"}
FREE |= {"version", "distribution", "text", "stand_in", "model", "about", "xharness", "python"} - {"model"}


@pytest.fixture
def evil_runs(runs: Path, run_directory: RunDirectory) -> Path:
    """A directory of runs whose only run has such characters wherever records can hold them."""
    directory = run_directory(runs)
    path = directory / "records.jsonl"
    lines = [poisoned(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    failing = next(line for line in lines if line["record"] == "score")["result"]
    failing |= {"status": "failed", "value": None, "interval": None, "error": f"no{EVIL}\nsecond line"}
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    info = json.loads((directory / "run.json").read_text(encoding="utf-8"))
    info |= {"model": f"m{EVIL}", "targets": [f"pawsx{EVIL}"], "name": f"n{EVIL}", "arms": [f"none{EVIL}"]}
    (directory / "run.json").write_text(json.dumps(info), encoding="utf-8")
    return runs


def test_no_command_prints_what_a_terminal_obeys(evil_runs: Path, run_directory: RunDirectory, cli: Cli) -> None:
    directory = run_directory(evil_runs)
    allowed = ["--allow", "limited,partial,failed,mixed"]
    of_runs: list[tuple[object, ...]] = [
        ("summary", directory),
        ("summary", f"no{EVIL}"),
        ("ls", "runs"),
        ("ls", "runs", "--json"),
        ("store", "ls"),
        ("train", "--target", "pawsx", "--plan", "--arm", f"no{EVIL}"),
    ]
    for form in ("json", "csv", "markdown", "latex"):
        of_runs.append(("export", "leaderboard", directory, *allowed, "--format", form))
    commands = [(*words, "--runs", evil_runs) for words in of_runs]
    commands += [("show", f"no{EVIL}"), ("validate", f"no{EVIL}"), (f"no{EVIL}",), ("ls", f"--no{EVIL}")]
    for words in commands:
        done = cli(*words)
        said = done.out + done.err
        assert said.strip(), words
        assert "Traceback" not in said, words
        assert HIDDEN.findall(said.replace("\n", "")) == [], words
    assert r"\u001b]0;owned" in cli("summary", directory).out
    assert r"\u202eevil" in cli("ls", "runs", "--runs", evil_runs).out
    summary = (directory / "summary.txt").read_text(encoding="utf-8")
    assert HIDDEN.findall(summary.replace("\n", "")) == []


@pytest.mark.parametrize(
    ("place", "name"),
    [("at.language", "de\x1b[31m"), ("at.task", "paws\nx"), ("metric", "accuracy\u202e"), ("at.de\u2028pth", "1")],
)
def test_names_in_records_that_no_run_writes_are_refused(
    place: str, name: str, runs: Path, run_directory: RunDirectory, cli: Cli
) -> None:
    path = run_directory(runs) / "records.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    number, score = next((i, line["result"]) for i, line in enumerate(lines, 1) if line["record"] == "score")
    part, _, key = place.rpartition(".")
    (score[part] if part else score)[key] = name
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    done = cli("summary", path.parent)
    assert done.code == 2
    assert "[not-a-record]" in done.err
    assert f"{path}:{number}" in done.err
    assert HIDDEN.findall(done.err.replace("\n", "")) == []


def test_commands_print_texts_in_one_place() -> None:
    """Elsewhere something could be printed as it came."""
    printing = re.compile(r"\bclick\.echo\(|(?<![\w.])print\(|(?<!\w)Console\(|sys\.std(out|err)\.write\(")
    root = Path(cli.__file__).parent
    found = {path.name for path in root.rglob("*.py") if printing.search(path.read_text(encoding="utf-8"))}
    assert found == {"say.py"}
