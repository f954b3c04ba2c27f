"""Paths that cannot be used: the error names the option that gave them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from harness.cli.main import run
from harness.cli.paths import unusable_path

LONG = "n" * 300


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("train", "--target", "pawsx", "--plan", "--data", LONG), "--data"),
        (("train", "--target", "pawsx", "--plan", f"--runs={LONG}"), "--runs"),
        (("train", "--target", "pawsx", "--plan", "--model", LONG), "--model"),
        (("score", "--predictions", LONG, "--labels", "x"), "--predictions"),
        (("summary", LONG), "argument"),
        (("new-task", "mine", "--to", LONG), "--to"),
    ],
)
def test_a_name_that_is_too_long_is_the_option_s(
    words: tuple[str, ...],
    option: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(words) == 2
    said = capsys.readouterr().err
    assert "[unusable-path]" in said
    assert said.endswith(f"name another {option}\n")
    assert [*tmp_path.iterdir()] == []


def test_the_option_is_the_one_whose_path_is_nearest() -> None:
    words = ("x", "--runs", "/a", "--output", "/a/b", "--labels=/c")
    for path, option in (("/a/b/c", "--output"), ("/a/d", "--runs"), ("/c/d/e", "--labels")):
        error = unusable_path(PermissionError(errno.EACCES, os.strerror(errno.EACCES), path), words)
        assert error is not None
        assert error.fix == f"name another {option}"


def test_other_errors_of_the_system_are_not_explained_away() -> None:
    assert unusable_path(OSError(errno.EIO, "broken", "/a"), ()) is None
    assert unusable_path(PermissionError(errno.EACCES, "no file"), ()) is None


@pytest.mark.parametrize("wrong", ["x", "0", "-1", "1.5", "\u0663", "9" * 5000])
def test_a_launcher_s_number_that_is_none_is_named(
    wrong: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", wrong)
    assert run(["ls", "suites"]) == 2
    assert "[launcher-variable-wrong]" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["RANK", "LOCAL_RANK", "MASTER_PORT"])
def test_so_are_the_others_of_a_rank(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = {"RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    for variable, value in (good | {name: "x"}).items():
        monkeypatch.setenv(variable, value)
    assert run(["train", "--target", "pawsx"]) == 2
    said = capsys.readouterr().err
    assert "[launcher-variable-wrong]" in said
    assert f"{name} is 'x'" in said
