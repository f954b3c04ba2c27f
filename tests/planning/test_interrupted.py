"""Runs that are killed and repeated end with the results of runs that were not."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.results.steplog import read_steps
from tests.planning.kills import stored
from tests.recorded import results

ROOT = Path(__file__).parents[2]
STEPS = 40
SECONDS = 300.0
"""How long a test waits for a step before it fails."""

Start = Callable[..., subprocess.Popen[bytes]]

SMALL = {
    "intermediate.steps": STEPS,
    "target.steps": 12,
    "batch_size": 8,
    "checkpoint_every": 5,
    "eval_every": 4,
    "lr": 0.003,
    "model.hidden_size": 32,
    "model.layers": 1,
    "model.heads": 2,
    "model.feed_forward": 32,
    "model.vocabulary": 400,
}
ASKED = ["--intermediate", "mnli,ccg", "--target", "pawsx", "--languages", "en,qab", "--limit", "40"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a run with a runs directory of the given name, in so many ranks."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(name: str, ranks: int = 1) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "harness", "train", *ASKED, "--model", "scratch", "--no-baseline"]
        command += [word for key, value in SMALL.items() for word in ("--set", f"{key}={value}")]
        command += ["--runs", str(tmp_path / name), "--ranks", str(ranks)]
        log = (tmp_path / f"{name}-{len(started)}.log").open("wb")
        with log:
            started.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def steps_done(runs: Path) -> list[dict[str, Any]]:
    """All whole lines of all step logs of a runs directory, oldest run first."""
    lines = []
    for path in sorted(runs.glob("*/steps.jsonl")):
        *whole, _ = path.read_bytes().split(b"\n")
        lines += [json.loads(line) for line in whole]
    return lines


def kill_at(process: subprocess.Popen[bytes], runs: Path, steps: int) -> None:
    """Kill a process as soon as its newest log has that many steps."""
    until = time.monotonic() + SECONDS
    before = len(steps_done(runs))
    while len([s for s in steps_done(runs)[before:] if "step" in s]) < steps:
        assert process.poll() is None, "finished before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()


def latest_results(runs: Path) -> list[tuple[str, dict[str, Any]]]:
    """The result part of every record of the latest run."""
    latest = sorted(path.parent for path in runs.glob("*/records.jsonl"))[-1]
    return [(kind, result) for kind in ("run", "model", "score", "measure") for result in results(latest, kind)]


def finish(process: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert process.wait(SECONDS) == 0, "".join(path.read_text() for path in tmp_path.glob("*.log"))


@pytest.mark.loads_torch
def test_a_killed_run_that_is_repeated_has_the_same_results(tmp_path: Path, start: Start) -> None:
    undisturbed = start("undisturbed")
    kill_at(start("killed"), tmp_path / "killed", random.randint(8, STEPS - 10))
    done = max(line["step"] for line in steps_done(tmp_path / "killed") if "step" in line)
    assert done < STEPS
    finish(start("killed"), tmp_path)
    begun = [line["from_step"] for line in steps_done(tmp_path / "killed") if "from_step" in line]
    # It went on from its last checkpoint, which is written after its step is logged; the target phase began afresh.
    assert begun in ([0, done // 5 * 5, 0], [0, (done - 1) // 5 * 5, 0])
    finish(undisturbed, tmp_path)
    assert latest_results(tmp_path / "killed") == latest_results(tmp_path / "undisturbed")
    assert stored(tmp_path / "killed") == stored(tmp_path / "undisturbed")
    # Steps that were done twice are read once, with the losses and running means of the run that was not disturbed.
    curves = [read_steps(*sorted((tmp_path / name).glob("2*"))) for name in ("killed", "undisturbed")]
    names = ("digest", "step", "task", "loss", "task_loss")
    curve, whole = ([tuple(step[name] for name in names) for step in steps] for steps in curves)
    assert curve == whole
    assert [number for _, number, *_ in whole] == [*range(1, STEPS + 1), *range(1, 13)]


@pytest.mark.full
@pytest.mark.parametrize(("ranks", "times"), [(1, 20), (2, 10)])
def test_kills_at_any_time_change_nothing(
    ranks: int, times: int, tmp_path: Path, start: Start, figures: Callable[[str], None]
) -> None:
    began = time.monotonic()
    finish(start("undisturbed", ranks), tmp_path)
    whole = time.monotonic() - began
    draw = random.Random()
    kills = 0
    for _ in range(times):
        process, began = start("killed", ranks), time.monotonic()
        try:
            process.wait(draw.uniform(0.3, 1.0) * whole)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        else:
            # Finished: there would be nothing left to kill, and the machine is not as busy as it was.
            whole = time.monotonic() - began
            for path in sorted((tmp_path / "killed" / "store" / "train").glob("*/manifest.json")):
                path.unlink()
    assert kills
    figures(f"killed {kills} of {times} times, {ranks} ranks")
    finish(start("killed", ranks), tmp_path)
    assert stored(tmp_path / "killed") == stored(tmp_path / "undisturbed")


@pytest.fixture
def ask(tiny_map: Path, tmp_path: Path) -> Iterator[Callable[[int], dict[str, Any]]]:
    """Has a run killed at one of its file operations, and repeated: what there is afterwards."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.planning.kills", str(tiny_map), str(tmp_path)]
    pipe = subprocess.PIPE
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, env=environment, cwd=ROOT, text=True)

    def answer(operation: int) -> dict[str, Any]:
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{operation}\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, f"at {operation}: {(tmp_path / 'log').read_text()[-4000:]}"
        return dict(json.loads(line))

    yield answer
    process.kill()
    process.communicate()


@pytest.mark.loads_torch
@pytest.mark.parametrize("share", [pytest.param(1, marks=pytest.mark.full, id="each"), pytest.param(150, id="some")])
def test_kills_at_file_operations_change_nothing(
    share: int, ask: Callable[[int], dict[str, Any]], figures: Callable[[str], None]
) -> None:
    whole = ask(0)
    assert 2 in whole["answers"]
    assert whole["operations"] > 300
    # Other operations where the code has another number of them, and the same ones for the same code.
    count = whole["operations"]
    operations = range(random.Random(count).randint(1, share), count + 1, share)
    figures(f"killed at {len(operations)} of {count} file operations, from operation {operations.start}")
    for operation in operations:
        again = ask(operation)
        assert again["killed"], f"operation {operation} of {count}"
        assert again["stored"] == whole["stored"], f"operation {operation} of {count}"
