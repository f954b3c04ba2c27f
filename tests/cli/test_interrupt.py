from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fixtures import Cli

PROGRAM = "from harness.cli.main import main; main()"
SAID = "interrupted; finished work is kept: repeat the same command to go on from the last checkpoint"


def start(words: list[str], program: str = PROGRAM, **handled: signal.Handlers) -> subprocess.Popen[str]:
    """The program in a process of its own, with the usual handling of signals but for those named."""

    def as_usual() -> None:
        # Tests that run in the background of a shell ignore some signals, and what they start inherits that.
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            signal.signal(signal.Signals[name], handled.get(name, signal.SIG_DFL))

    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=as_usual,
    )


@pytest.mark.loads_torch
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interrupted_phase_goes_on_from_its_last_checkpoint(
    sent: signal.Signals, code: int, cli: Cli, tiny: list[str], tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    steps = ["--set", "target.steps=400", "--set", "checkpoint_every=10", "--set", "eval_every=400"]
    command = ["train", "--target", "pawsx", "--languages", "en", *tiny, *steps, "--runs", str(runs)]
    process = start(command)
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until and steps_done(runs) < 25:
        time.sleep(0.02)
    process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, out + err
    assert err.splitlines()[-1] == SAID
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


@pytest.mark.parametrize(("sent", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_planning_is_interrupted_too(sent: str, code: int, tiny: list[str], tmp_path: Path) -> None:
    program = f"""
import os, signal
from harness.planning import session
session.build_plan = lambda *_, **__: os.kill(os.getpid(), signal.{sent})
{PROGRAM}"""
    process = start(["train", "--target", "pawsx", *tiny, "--runs", str(tmp_path / "runs")], program)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, out + err
    assert err.splitlines()[-1] == SAID
    assert "Traceback" not in out + err
    assert not list(tmp_path.glob("runs/*/settings.toml"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["train", "--target", "pawsx"], SAID),
        (["eval", "some-run"], SAID),
        (["train", "--target", "pawsx", "--plan"], "interrupted"),
        (["summary", "train"], "interrupted"),
        (["compare", "eval", "train"], "interrupted"),
        (["store", "verify"], "interrupted"),
        ([], "interrupted"),
    ],
)
def test_only_a_command_that_goes_on_says_that_it_will(
    words: list[str], said: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.cli.main.cli.invoke", interrupted)
    monkeypatch.setattr("harness.cli.main.cli.no_args_is_help", False)
    done = cli(*words)
    assert done.code == 130
    assert done.err.strip() == said


def test_a_second_signal_does_not_break_into_the_end(tiny: list[str]) -> None:
    program = f"""
import os, signal
import click
from harness.planning import session
session.build_plan = lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM)
echo = click.echo
def signalled(*words, **options):
    os.kill(os.getpid(), signal.SIGTERM)
    echo(*words, **options)
from harness.cli import main as module
module.click.echo = signalled
{PROGRAM}"""
    process = start(["train", "--target", "pawsx", *tiny, "--plan"], program)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 143, out + err
    assert err.splitlines()[-1] == "interrupted"
    assert "Traceback" not in out + err


def test_nohup_is_honoured(tiny: list[str]) -> None:
    program = f"""
import os, signal
from harness.report import plan
plan.estimate_of = lambda *_: os.kill(os.getpid(), signal.SIGHUP) or "went on"
{PROGRAM}"""
    process = start(["train", "--target", "pawsx", *tiny, "--plan"], program, SIGHUP=signal.SIG_IGN)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "went on" in out


def test_ranks_other_than_0_have_nothing_to_tidy_up() -> None:
    program = f"""
import os, signal
from harness import cli
from harness.cli import main as module
module.run = lambda _: os.kill(os.getpid(), signal.SIGTERM)
os.environ["RANK"] = "1"
{PROGRAM}"""
    process = start(["ls"], program)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == -signal.SIGTERM


def steps_done(runs: Path) -> int:
    return sum(file.read_text(encoding="utf-8").count('"loss"') for file in runs.glob("*/steps.jsonl"))
