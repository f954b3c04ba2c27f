"""Everything that lists or shows tables fits 80 columns, and any other number that COLUMNS names."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import struct
import termios
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest

from harness.cli.commands.ls import command as ls
from harness.cli.main import cli as program
from harness.cli.main import run
from tests.cli.test_repeated import commands
from tests.fixtures import Cli

LISTS = next(param.type for param in ls.params if param.name == "what")
assert isinstance(LISTS, click.Choice)

SHOWING: dict[str, list[list[str]]] = {
    "ls": [[str(what), *(["--runs", "RUNS"] if what == "runs" else [])] for what in LISTS.choices],
    "train": [["--intermediate", "all", "--target", "pawsx", "--plan"]],
    "eval": [["--tasks", "pawsx", "--perturb", "typo:2", "--plan", "--runs", "RUNS"]],
    "summary": [["--runs", "RUNS"]],
    "study mini-effects": [["--tier", "smoke", "--plan", "--runs", "RUNS"]],
    "study all": [["--tier", "smoke", "--plan", "--runs", "RUNS"]],
    "study reproduce": [["--tier", "smoke", "--plan", "--runs", "RUNS"]],
    "study selection": [["--tier", "smoke", "--plan", "--runs", "RUNS"]],
    "study robustness": [["--tier", "smoke", "--plan", "--runs", "RUNS"]],
    "study sequential": [["--tier", "smoke", "--plan", "--runs", "RUNS"]],
    "study similarity": [["--tier", "smoke", "--plan", "--runs", "RUNS"]],
    "study vision-language": [["--tier", "smoke", "--plan", "--runs", "RUNS"]],
    "compare": [[":mnli + qqp", ":none", "--by", "language", "--items", "--runs", "RUNS"]],
    "rescore": [["--runs", "RUNS"]],
    "store ls": [["--runs", "RUNS"]],
    "store verify": [["--runs", "RUNS"]],
    "store prune": [["--encoded", "--runs", "RUNS"]],
    "show": [["panx"], ["typo"], ["pixels"], ["mini-effects"], ["sequential"], ["similarity"]],
    "validate": [["pawsx", "--limit", "16"]],
    "score": [["--predictions", "RUNS/predictions", "--labels", "RUNS/labels", "--partial"]],
    "mini describe": [[], ["pawsx"]],
    "mini sample": [["pawsx"], ["panx", "--language", "qae"]],
    "doctor": [["--runs", "RUNS"]],
}
"""What each command is called with; RUNS stands for a directory of runs."""

EXPORTS = {f"export {what}" for what in ("eee", "leaderboard", "model", "site", "submission")}
WITHOUT_TABLES = {"new-task", "fetch", "report", "check submission"} | EXPORTS
"""Commands that say what they have done, or write what others read."""

CALLS = [
    pytest.param([*name.split(), *words], id=" ".join([name, *words[:1]]))
    for name in SHOWING
    for words in SHOWING[name]
]


@pytest.fixture
def shown(
    cli: Cli, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[list[str], int], list[str]]:
    """The lines that a command prints at a width, without those that name the runs directory."""

    def call(words: list[str], width: int) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(width))
        runs = (
            with_folders(request.getfixturevalue("runs"))
            if any("RUNS" in word for word in words)
            else Path("no-runs-here")
        )
        done = cli(*(word.replace("RUNS", str(runs)) for word in words))
        assert done.code == 0, done.out + done.err
        return [line for line in done.out.splitlines() if str(runs) not in line]

    return call


def with_folders(runs: Path) -> Path:
    """A directory of runs with folders of predictions and labels to score."""
    for name, text in (("predictions", "0\n1\n"), ("labels", "0\n0\n")):
        folder = runs / name / "pawsx"
        folder.mkdir(parents=True, exist_ok=True)
        for code in ("en", "de", "es", "fr", "ja", "ko", "zh"):
            (folder / f"test-{code}.tsv").write_text(text)
    return runs


@pytest.mark.parametrize("words", CALLS)
def test_what_a_command_shows_fits_80_columns(words: list[str], shown: Callable[[list[str], int], list[str]]) -> None:
    lines = shown(words, 80)
    assert lines
    assert [line for line in lines if len(line) > 80] == []


@pytest.mark.parametrize("words", [["ls", "metrics"], ["ls", "tasks"], ["summary", "--runs", "RUNS"], ["show", "panx"]])
def test_columns_are_honoured_where_there_is_no_terminal(
    words: list[str], shown: Callable[[list[str], int], list[str]]
) -> None:
    for width in (60, 100):
        assert width - 15 < max(map(len, shown(words, width))) <= width


def test_every_command_is_looked_at() -> None:
    known = {name for name, command in commands(program) if not isinstance(command, click.Group)}
    assert set(SHOWING) | WITHOUT_TABLES == known


@pytest.mark.parametrize(
    ("columns", "width"),
    [("", 120), ("wide", 120), ("0", 120), ("100", 100), ("100.5", 120), ("-80", 120), ("9" * 5000, 120)],
    ids=["none", "word", "zero", "number", "fraction", "negative", "endless"],
)
def test_a_pipe_has_120_columns_unless_columns_is_a_number(
    columns: str, width: int, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = cli("ls", "metrics").out.splitlines()
    assert max(map(len, lines)) in (width, width - 1)


@pytest.mark.parametrize("columns", ["1", "5", "21"])
def test_no_terminal_is_too_narrow(columns: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for words in (
        ["ls", "tasks"],
        ["show", "pawsx"],
        ["mini", "sample", "pawsx"],
        ["train", "--target", "pawsx", "--plan"],
    ):
        done = cli(*words)
        assert done.code == 0, done.err
        assert "pawsx" in done.out


@pytest.mark.parametrize("words", [["ls", "tasks"], ["ls", "metrics"]])
@pytest.mark.parametrize("columns", [None, "100"])
def test_terminals_that_are_not_known_are_as_wide_as_others(words: list[str], columns: str | None) -> None:
    for width in (60, 150):
        dumb = on_a_terminal(words, width, "dumb", columns)
        assert (max(map(len, dumb)) > 80) == (int(columns or width) > 80)
        assert "…" not in "".join(dumb)
        assert dumb == on_a_terminal(words, width, "unknown", columns) == on_a_terminal(words, width, "xterm", columns)


def on_a_terminal(words: list[str], width: int, term: str, columns: str | None) -> list[str]:
    """The lines that a command prints on a terminal, without colours."""
    leader, follower = os.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 30, width, 0, 0))
    environment = {"TERM": term, "NO_COLOR": "1"} | ({} if columns is None else {"COLUMNS": columns})
    with ThreadPoolExecutor(1) as pool, pytest.MonkeyPatch.context() as patch:
        printed = pool.submit(read_all, leader)
        patch.delenv("COLUMNS", raising=False)
        for name, value in environment.items():
            patch.setenv(name, value)
        with standing_in(follower):
            assert run(words) == 0
        os.close(follower)
    os.close(leader)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", printed.result().decode()).split("\r\n")


def read_all(leader: int) -> bytes:
    printed = b""
    # A terminal that nobody writes to any more cannot be read.
    with contextlib.suppress(OSError):
        while part := os.read(leader, 65536):
            printed += part
    return printed


@contextlib.contextmanager
def standing_in(terminal: int) -> Iterator[None]:
    """A terminal in place of this process's own input and outputs, whose size libraries ask for by their numbers."""
    own = {number: os.dup(number) for number in (0, 1, 2)}
    for number in own:
        os.dup2(terminal, number)
    try:
        with (
            open(1, "w", encoding="utf-8", closefd=False) as out,
            open(2, "w", encoding="utf-8", closefd=False) as err,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            yield
    finally:
        for number, before in own.items():
            os.dup2(before, number)
            os.close(before)
