"""Runs that begin at the same time, under one name or as attempts at one run."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import SettingsError
from harness.planning.beginning import begun
from harness.results.runs import RunInfo, described, started_from, state
from tests.raising import raises_code

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

    from tests.planning.conftest import Bench


def try_to_resume(runs: Path, number: int, barrier: Barrier) -> None:
    """Begin an attempt at the run "a" as all others do, and work on it until they have tried."""
    barrier.wait()
    try:
        with begun(runs / f"attempt-{number}", RunInfo(command="train", name="a", asked="a"), resumes=True):
            barrier.wait()
    except SettingsError as error:
        (runs / f"refused-{number}").write_text(error.code)
        barrier.wait()


def test_one_of_several_resumes_a_run(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3, timeout=120)
    tries = [context.Process(target=try_to_resume, args=(tmp_path, number, barrier)) for number in range(3)]
    for one in tries:
        one.start()
    for one in tries:
        one.join()
    assert [one.exitcode for one in tries] == [0] * 3
    assert len(list(tmp_path.glob("attempt-*"))) == 1
    assert {path.read_text() for path in tmp_path.glob("refused-*")} == {"run-at-work"}
    # The lock is nobody's any more.
    with begun(tmp_path / "later", RunInfo(command="train", name="a", asked="a"), resumes=True):
        assert state(tmp_path / "later", described(tmp_path / "later")) == "running"


KILLED = """
import os, signal, sys
from pathlib import Path
from harness.planning import beginning
from harness.results.runs import RunInfo

beginning.begin = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with beginning.begun(Path(sys.argv[1]) / "killed", RunInfo(command="train"), resumes=False):
    pass
"""


def test_a_process_that_is_killed_as_it_begins_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    with begun(tmp_path / "run", RunInfo(command="train"), resumes=False):
        assert (tmp_path / "run" / "run.json").is_file()


def test_a_name_that_was_taken_since_the_plan_is_refused(bench: Bench) -> None:
    session = bench.session().named("a")
    bench.session(seeds=(2,)).named("a").execute()
    with raises_code("run-name-taken"):
        session.execute()
    assert len(list(bench.runs.glob("*/run.json"))) == 1


@pytest.mark.parametrize("known", [True, False])
def test_a_run_that_was_resumed_since_the_plan_is_not_resumed(bench: Bench, known: bool) -> None:
    """Whether or not the run itself says what it was asked for, which those of earlier versions do not."""
    outcome = bench.run()
    info = described(outcome.directory)
    assert started_from(outcome.directory, info) == Path.cwd()
    asked = info.asked
    info = info if known else replace(info, asked="")
    sessions = [bench.session().resuming(info) for _ in range(2)]

    with begun(bench.runs / "20260101T000000.0-second", replace(info, asked=asked, ending=None), resumes=True):
        with raises_code("run-at-work"):
            sessions[0].execute()
        # The same command, given again without --resume, works beside it: the store has them wait for each other.
        bench.run()
    assert sessions[1].execute().failures == []
