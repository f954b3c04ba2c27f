"""Runs in several processes from the command line: what they print, and what happens where one of them is lost."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import harness
from harness.training import launching
from tests.fixtures import Cli, Result, Results, RunDirectory
from tests.raising import raises_code

PROGRAM = "from harness.cli.main import main; main()"
PHASE = ["--languages", "en", "--set", "target.steps=300", "--set", "checkpoint_every=10", "--set", "eval_every=300"]


def start(words: list[str], **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def steps_done(runs: Path) -> int:
    return sum(file.read_text(encoding="utf-8").count('"loss"') for file in runs.glob("*/steps.jsonl"))


def wait_for_steps(process: subprocess.Popen[str], runs: Path, steps: int) -> None:
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until and steps_done(runs) < steps:
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()


def ranks_of(process: subprocess.Popen[str]) -> dict[str, int]:
    """Process ids of the ranks that a process has started."""
    found = {}
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            variables = (directory / "environ").read_text(encoding="utf-8").split("\0")
        except OSError:
            continue
        values = dict(variable.partition("=")[::2] for variable in variables)
        if values.get(launching.STARTED) == str(process.pid):
            found[values["RANK"]] = int(directory.name)
    return found


def is_at_work(pid: int) -> bool:
    """Whether a process is there and has not ended; one that nobody has asked after stays as a zombie."""
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False


def test_a_killed_rank_ends_the_run_which_can_be_repeated(cli: Cli, tiny: list[str], tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    command = ["train", "--target", "pawsx", *tiny, *PHASE, "--runs", str(runs)]
    process = start([*command, "--ranks", "2"])
    wait_for_steps(process, runs, 25)
    found = ranks_of(process)
    assert found.keys() == {"0", "1"}
    os.kill(found["1"], signal.SIGKILL)
    # A hang would last until the test's end.
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, out + err
    assert err == (
        "error: rank 1 was killed by SIGKILL, and the other ranks were ended  [ranks-lost]\n"
        "  fix:   finished work is kept: repeat the same command to go on from the last checkpoint\n"
    )
    assert not any(is_at_work(pid) for pid in found.values())
    # At ZeRO stage 0 any number of ranks can go on.
    again = cli(*command)
    assert again.code == 0, again.err
    going_on = re.search(r"going on from step (\d+)", again.out)
    assert going_on, again.out
    assert int(going_on[1]) >= 20


@pytest.mark.full
@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [
        (signal.SIGINT, 130, "interrupted; finished work is kept"),
        (signal.SIGTERM, 143, "interrupted; finished work is kept"),
        (signal.SIGKILL, -9, ""),
    ],
)
def test_a_signal_ends_all_ranks(sent: signal.Signals, code: int, said: str, tiny: list[str], tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    process = start(["train", "--target", "pawsx", *tiny, *PHASE, "--ranks", "2", "--runs", str(runs)])
    wait_for_steps(process, runs, 12)
    found = ranks_of(process)
    process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, out + err
    assert err.strip().startswith(said)
    assert err.count("interrupted") == (sent is not signal.SIGKILL)
    assert "Traceback" not in out + err
    until = time.monotonic() + 30
    while any(is_at_work(pid) for pid in found.values()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(is_at_work(pid) for pid in found.values())


@pytest.mark.full
@pytest.mark.parametrize("rank", ["0", "1"])
def test_a_signal_to_a_rank_interrupts_the_run(rank: str, cli: Cli, tiny: list[str], tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    command = ["train", "--target", "pawsx", *tiny, *PHASE, "--runs", str(runs)]
    process = start([*command, "--ranks", "2"])
    wait_for_steps(process, runs, 25)
    os.kill(ranks_of(process)[rank], signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 143, out + err
    assert (
        err.strip() == "interrupted; finished work is kept: repeat the same command to go on from the last checkpoint"
    )
    again = cli(*command)
    assert again.code == 0, again.err
    assert "going on from step " in again.out


@pytest.mark.full
def test_two_launchers_work_on_one_run(
    tiny: list[str], results: Results, run_directory: RunDirectory, cli: Cli, tmp_path: Path
) -> None:
    """As two nodes do, each with a launcher of its own; the scores are those of one rank."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    words = ["train", "--target", "pawsx", "--languages", "en,qaa", *tiny, "--set", "target.zero_stage=2"]
    words += ["--set", "target.dropout=0.0", "--set", "model.dropout=0.0"]
    launcher = ["-m", "torch.distributed.run", "--nnodes", "2", "--nproc_per_node", "1"]
    launcher += ["--master_addr", "127.0.0.1", "--master_port", port]
    processes = [
        subprocess.Popen(
            [sys.executable, *launcher, "--node_rank", node, "-m", "harness", *words, "--runs", str(tmp_path / "two")],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for node in "01"
    ]
    outputs = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert "scores in" in outputs[0]
    assert outputs[1] == ""
    assert cli(*words, "--runs", tmp_path / "one").code == 0
    (one,), (two,) = ([run_directory(tmp_path / name)] for name in ("one", "two"))
    assert '"ranks":2' in (two / "records.jsonl").read_text().replace(" ", "")
    losses = [[step["loss"] for step in harness.load_steps(path).to_dict("records")] for path in (one, two)]
    assert len(losses[0]) == 4
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert {score["status"] for score in results(two)} == {"ok"}


def test_ranks_within_another_launcher_are_refused(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "4")
    refused = cli("train", "--target", "pawsx", "--ranks", "2")
    assert refused.code == 2
    assert "[ranks-within-ranks]" in refused.err


def test_python_is_refused_within_a_launcher(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with raises_code("launched-in-python", "2"):
        harness.train(target=["pawsx"], baseline=True, runs=tmp_path / "runs")


def test_a_plan_says_with_which_ranks_stored_phases_were_trained(
    cli: Cli, tiny: list[str], first: tuple[Path, Result]
) -> None:
    words = ["train", "--intermediate", "mnli,qqp", "--target", "pawsx,tatoeba", *tiny, "--runs", first[0], "--plan"]
    assert "trained with" not in cli(*words).out
    assert "were trained with ranks 1 (here 2); this changes rounding\n" in cli(*words, "--ranks", 2).out
