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

from harness.cli.main import run

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
    code = f"from harness.report import plan; plan._estimate = lambda *_: '71 \\u00b1 2'; {PROGRAM}"
    done = program(words, subprocess.PIPE, code, **environment)
    assert done.returncode == 0, done.stderr
    assert b"71 ? 2" in done.stdout
