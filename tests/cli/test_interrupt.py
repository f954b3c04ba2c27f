from __future__ import annotations

import functools
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.fixtures import Cli

PROGRAM = "from harness.cli.main import main; main()"


def test_an_interrupted_phase_goes_on_from_its_last_checkpoint(cli: Cli, tiny: list[str], tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    steps = ["--set", "target.steps=400", "--set", "checkpoint_every=10", "--set", "eval_every=400"]
    command = ["train", "--target", "pawsx", "--languages", "en", *tiny, *steps, "--runs", str(runs)]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background of a shell ignore the signal, and what they start inherits that.
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until and steps_done(runs) < 25:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert "repeat the same command to go on from the last checkpoint" in err
    assert "Traceback" not in out + err

    plan = cli(*command, "--plan")
    assert re.search(r"target +pawsx .* begun", plan.out)
    again = cli(*command)
    assert again.code == 0
    found = re.search(r"going on from step (\d+)", again.out)
    assert found, again.out
    assert int(found[1]) >= 20
    assert int(found[1]) % 10 == 0
    assert re.search(r"pawsx en: accuracy \d", again.out)


def steps_done(runs: Path) -> int:
    return sum(file.read_text(encoding="utf-8").count('"loss"') for file in runs.glob("*/steps.jsonl"))
