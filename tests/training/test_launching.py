"""What the launcher makes of the ways in which ranks end, and what it starts them with."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.interruption import Interrupted, exit_code
from harness.training import launching
from tests.raising import raises_code


def failures(**codes: int) -> Any:
    """By rank, such as r0=1."""
    names = {-9: "SIGKILL", -11: "SIGSEGV", -15: "SIGTERM", -1: "SIGHUP"}
    return {
        int(rank[1:]): SimpleNamespace(exitcode=code, signal_name=lambda code=code: names.get(code, ""))
        for rank, code in codes.items()
    }


def test_a_killed_rank_is_the_reason_whatever_the_others_did() -> None:
    # Rank 0 misses the other one and fails, or the launcher ends it.
    for first in (1, -15):
        with raises_code("ranks-lost"):
            launching._outcome(failures(r0=first, r1=-9))
    with raises_code("ranks-lost"):
        launching._outcome(failures(r0=-11, r1=-15))


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        ({"r0": 2, "r1": -15}, 2),
        ({"r0": 1}, 1),
        ({"r0": -15, "r1": 1}, 1),
        ({"r0": 2, "r1": 1}, 2),
        # Rank 0 ends in its own way where the launcher ends it.
        ({"r0": 143, "r1": 1}, 1),
    ],
)
def test_else_a_rank_has_said_what_was_wrong(ended: dict[str, int], code: int) -> None:
    assert launching._outcome(failures(**ended)) == code


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        ({"r0": 143, "r1": -15}, 143),
        ({"r0": -15, "r1": -15}, 143),
        ({"r0": 143}, 143),
        ({"r0": 130, "r1": -15}, 130),
        ({"r0": 129, "r1": -1}, 129),
    ],
)
def test_a_signal_to_a_rank_interrupts_the_run(ended: dict[str, int], code: int) -> None:
    with pytest.raises(Interrupted) as raised:
        launching._outcome(failures(**ended))
    assert exit_code(raised.value) == code


def test_ranks_share_the_cores_unless_the_user_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.delenv(launching.THREADS, raising=False)
    with launching._environment(3):
        assert os.environ[launching.THREADS] == "2"
        assert os.environ[launching.STARTED] == str(os.getpid())
    assert launching.THREADS not in os.environ
    assert launching.STARTED not in os.environ
    monkeypatch.setenv(launching.THREADS, "5")
    with launching._environment(16):
        assert os.environ[launching.THREADS] == "5"
    assert os.environ[launching.THREADS] == "5"


def test_another_launcher_is_told_from_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    launching.refuse_other_launcher(2)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with raises_code("ranks-within-ranks", "2"):
        launching.refuse_other_launcher(2)
    monkeypatch.setenv(launching.STARTED, "1")
    launching.refuse_other_launcher(2)


@pytest.mark.loads_torch
def test_a_launcher_that_is_killed_leaves_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    # What is there while a rank is at work is what stays if the launcher is killed now.
    program = (
        "import os, sys; sys.exit(3 if any('xharness' in name for name in os.listdir(os.environ['TMPDIR'])) else 0)"
    )
    assert launching.launch_program(["-c", program], 1) == 0
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith("torchinductor")] == []
