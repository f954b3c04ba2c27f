"""Runs that are killed and repeated end with the results of runs that were not."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.results.records import read_records

STEPS = 40
SECONDS = 300.0
"""How long a test waits for a step before it fails."""

Start = Callable[[str], subprocess.Popen[bytes]]

PROGRAM = f"""
    import sys
    import harness

    small = {{
        "intermediate.steps": {STEPS}, "target.steps": 12, "batch_size": 8, "checkpoint_every": 5, "eval_every": 4,
        "model.hidden_size": 16, "model.layers": 1, "model.heads": 2, "model.feed_forward": 32, "model.vocabulary": 400,
    }}
    asked = {{"intermediate": ["mnli", "ccg"], "target": ["pawsx"], "languages": ["en", "qab"], "limit": 40}}
    run = harness.train(runs=sys.argv[1], model="scratch", baseline=False, set=small, **asked)
    assert run.failed == (), run.failed
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the program with a runs directory of the given name."""
    script = tmp_path / "train.py"
    script.write_text(textwrap.dedent(PROGRAM))
    started: list[subprocess.Popen[bytes]] = []

    def begin(name: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, str(script), str(tmp_path / name)]
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


def results(runs: Path) -> list[dict[str, Any]]:
    """The result part of every record of the latest run."""
    latest = sorted(path.parent for path in runs.glob("*/records.jsonl"))[-1]
    return [{"record": record["record"]} | record["result"] for record in read_records(latest)]


def predictions(runs: Path) -> dict[str, bytes]:
    """What is stored of every checkpoint and prediction."""
    files = [*runs.glob("store/train/*/*.safetensors"), *runs.glob("store/predict/*/*.parquet")]
    return {path.relative_to(runs).as_posix(): path.read_bytes() for path in files}


def finish(process: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert process.wait(SECONDS) == 0, "".join(path.read_text() for path in tmp_path.glob("*.log"))


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
    assert results(tmp_path / "killed") == results(tmp_path / "undisturbed")
    assert predictions(tmp_path / "killed") == predictions(tmp_path / "undisturbed")
    assert len(predictions(tmp_path / "killed")) == 7


@pytest.mark.full
def test_ten_kills_at_any_time_change_nothing(tmp_path: Path, start: Start) -> None:
    finish(start("undisturbed"), tmp_path)
    draw = random.Random()
    began = time.monotonic()
    finish(start("timing"), tmp_path)
    whole = time.monotonic() - began
    kills = 0
    for _ in range(10):
        process = start("killed")
        try:
            process.wait(draw.uniform(0.3, 1.0) * whole)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        else:
            # Finished: there would be nothing left to kill.
            for path in sorted((tmp_path / "killed" / "store" / "train").glob("*/manifest.json")):
                path.unlink()
    assert kills
    finish(start("killed"), tmp_path)
    assert results(tmp_path / "killed") == results(tmp_path / "undisturbed")
    assert predictions(tmp_path / "killed") == predictions(tmp_path / "undisturbed")
