"""Standard output that nobody reads, that is full, or whose encoding lacks characters."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from harness.cli.display import show
from harness.cli.main import run
from harness.cli.streams import REPLACING, replace_unshowable
from harness.report.fit import Narrowing
from harness.report.screen import Screen

PROGRAM = "from harness.cli.main import main; main()"


def program(
    words: list[object], stdout: int, code: str = PROGRAM, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        check=False,
    )


def commands(runs: Path) -> list[list[object]]:
    name = sorted(path.parent.name for path in runs.glob("*/records.jsonl"))[-1]
    compared = ["compare", f"{name}:mnli + qqp", ":none", "--runs", runs]
    return [
        ["summary", name, "--runs", runs],
        compared,
        [*compared, "--json"],
        ["--help"],
        ["summary", "--help"],
        ["train", "--target", "pawsx", "--plan", "--runs", runs],
    ]


@pytest.mark.parametrize("number", range(6))
def test_output_that_nobody_reads_ends_a_command_in_silence(number: int, first: tuple[Path, object]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = program(commands(first[0])[number], write)
    os.close(write)
    assert [line for line in done.stderr.splitlines() if not line.startswith(b"run: ")] == []
    assert done.returncode == 128 + signal.SIGPIPE


class Full(io.StringIO):
    def write(self, text: str, /) -> int:
        if text:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return 0


@pytest.mark.parametrize("number", range(6))
def test_a_full_disk_is_told_in_words(
    number: int, first: tuple[Path, object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Full())
    assert run([str(word) for word in commands(first[0])[number]]) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("run: ")]
    assert said == [
        "error: cannot write: No space left on device  [cannot-write]",
        "  where: standard output",
        "  fix:   free some space, or send it elsewhere",
    ]


def test_errors_of_a_full_disk_that_are_not_of_the_output_are_not_taken_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("harness.cli.main.cli.main", full)
    with pytest.raises(OSError, match="No space"):
        run(["ls", "--runs", str(tmp_path)])


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_characters_that_an_encoding_lacks_are_replaced(environment: dict[str, str], tmp_path: Path) -> None:
    words = ["train", "--target", "pawsx", "--plan", "--runs", tmp_path]
    code = f"from harness.report import plan; plan.estimate_of = lambda *_: '71 \\u00b1 2'; {PROGRAM}"
    done = program(words, subprocess.PIPE, code, **environment)
    assert done.returncode == 0, done.stderr
    assert b"71 +/- 2" in done.stdout


@pytest.mark.parametrize("narrow", [False, True])
def test_columns_stay_below_each_other_where_characters_are_replaced(narrow: bool) -> None:
    shown = io.BytesIO()
    console = Screen(file=io.TextIOWrapper(shown, encoding="ascii", write_through=True), width=80)
    table = Table("± of it", "gain", "n")
    for spread in ("4.1 ± 0.3", "4.1"):
        table.add_row(spread, Text("a…b ± 1"), "3")
    show(console, Narrowing(table, table) if narrow else table)
    show(console, Text("within ± 1"))
    *lines, last = shown.getvalue().decode("ascii").splitlines()
    assert [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if "." in line or "of it" in line
    ] == [
        ["+/- of it", "gain", "n"],
        ["4.1 +/- 0.3", "a...b +/- 1", "3"],
        ["4.1", "a...b +/- 1", "3"],
    ]
    assert len({len(line) for line in lines}) == 1
    assert last == "within +/- 1"


def test_other_characters_that_an_encoding_lacks_are_question_marks() -> None:
    replace_unshowable()
    assert "±–±…ü".encode("ascii", REPLACING) == b"+/-?+/-...?"
    assert "±ü".encode("latin-1", REPLACING) == b"\xb1\xfc"


def output_commands(runs: Path, folder: Path) -> list[list[object]]:
    for name in ("mine", "gold"):
        (folder / name / "pawsx").mkdir(parents=True)
        (folder / name / "pawsx" / "test-en.tsv").write_text("0\n1\n")
    return [
        [*commands(runs)[1], "--format", "csv"],
        ["export", "leaderboard", "--allow", "limited,partial", "--format", "csv", "--runs", runs],
        ["score", "--predictions", folder / "mine", "--labels", folder / "gold", "--partial"],
        ["score", "--predictions", folder / "mine", "--labels", folder / "gold", "--partial", "--json"],
    ]


@pytest.mark.parametrize("number", range(4))
def test_a_file_that_is_standard_output_gets_its_content_and_no_word_more(
    number: int, first: tuple[Path, object], tmp_path: Path
) -> None:
    words = output_commands(first[0], tmp_path / "folder")[number]
    file = tmp_path / "file"
    beside = program([*words, "--output", file], subprocess.PIPE)
    assert beside.returncode == 0, beside.stderr
    assert beside.stdout
    done = program([*words, "--output", "/dev/stdout"], subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    assert done.stdout == file.read_bytes()
