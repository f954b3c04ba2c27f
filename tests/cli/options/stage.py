"""What checks of options work with, and how they are found."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.hyper import resolve
from harness.registry import default_registry
from harness.training import launching
from tests.fixtures import Cli, Result

ROWS = r"(?: \(\d+ rows\))?"
"""Stands after a task in plans where a preset limits its rows."""

Check = Callable[["Stage"], None]
CHECKS: dict[tuple[str, str], Check] = {}


class Stage:
    """What the checks work with."""

    def __init__(self, request: pytest.FixtureRequest, call: Cli, tmp_path: Path) -> None:
        self.call = call
        self.tmp = tmp_path
        self.get: Callable[[str], Any] = request.getfixturevalue
        self.tiny: list[str] = self.get("tiny")

    @property
    def runs(self) -> Path:
        return Path(self.get("runs"))

    @property
    def latest(self) -> Path:
        return Path(self.get("run_directory")(self.runs))

    def plan(self, *options: str | Path, target: str = "pawsx") -> str:
        done = self.call("train", "--target", target, *self.tiny, *options, "--plan", "--runs", self.tmp / "plans")
        assert done.code == 0, done.err
        return str(done.out)

    def eval(self, *options: str | Path) -> Result:
        return self.call("eval", *options, "--plan", "--runs", self.runs)

    def from_checkpoint(self, *options: str | Path) -> Result:
        model = next((self.runs / "store" / "model").glob("[!.]*"))  # no lock files
        return self.eval("--checkpoint", model, *([] if "--limit" in options else ["--limit", "32"]), *options)


def check(command: str, option: str) -> Callable[[Check], Check]:
    def register(function: Check) -> Check:
        CHECKS[command, option] = function
        return function

    return register


def launches(stage: Stage) -> list[tuple[object, int]]:
    """Words and number of the ranks that commands start from now on, as they would; each ends with 7."""
    started: list[tuple[object, int]] = []

    def launch(words: object, ranks: int) -> int:
        started.append((words, ranks))
        return 7

    stage.get("monkeypatch").setattr(launching, "launch", launch)
    return started


def target_steps(preset: str, rows: int) -> int:
    """Steps of a target phase of a few rows, as the preset says."""
    hyper = resolve(default_registry().presets[preset].values, model="mini", phase="target", kind="", task="")
    return math.ceil(hyper.epochs * rows / hyper.batch_size)


def tracked(stage: Stage, command: str, *options: str) -> None:
    done = stage.call(command, *options, "--track", "tensorbord")
    assert done.code == 2
    assert "[unknown-tracker]" in done.err
