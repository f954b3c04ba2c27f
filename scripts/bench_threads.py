#!/usr/bin/env python
"""How torch's threads should wait: the time of training steps by OpenMP's policy, on an idle machine and a busy one.

Each policy trains the same batches of MNLI in a process of its own, in every round, and ratios are taken within rounds.
`--busy` has a program beside it that computes on every core.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from harness.training.machine import wait_briefly

POLICIES: dict[str, dict[str, str]] = {
    "as xharness sets it": {},
    "sleep at once": {"OMP_WAIT_POLICY": "PASSIVE"},
    "spin for long": {"OMP_WAIT_POLICY": "ACTIVE"},
}
SET = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


def main() -> None:
    arguments = parse_arguments()
    if arguments.child:
        print(train(arguments))
        return
    rivals = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(os.cpu_count() or 1 if arguments.busy else 0)
    ]
    try:
        rounds = [{name: run(policy) for name, policy in POLICIES.items()} for _ in range(arguments.rounds)]
    finally:
        for rival in rivals:
            rival.kill()
    first, *others = POLICIES
    for name in others:
        ratios = [seconds[name] / seconds[first] for seconds in rounds]
        median, spread = statistics.median(ratios), f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"{arguments.shape}, {arguments.precision}: {name} takes {median:.2f} times as long ({spread})")


def run(policy: Mapping[str, str]) -> float:
    """Seconds of the steps in a process with a policy."""
    environment = {name: value for name, value in os.environ.items() if name not in SET}
    done = subprocess.run(
        [sys.executable, *sys.argv, "--child"],
        env={**environment, **policy},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(done.stdout.splitlines()[-1])


def train(arguments: argparse.Namespace) -> float:
    """Seconds of the fastest of three goes at the same steps."""
    # Sets the policy where the environment has none, before torch is imported.
    wait_briefly()
    from bench_work import prepare

    from harness.training.engine import Engine

    with tempfile.TemporaryDirectory() as temporary:
        work = prepare("mnli", arguments.shape, arguments.data, Path(temporary))
        engine, batches = Engine(work.fresh(), work.hyper, arguments.precision), work.drawn(arguments.steps)
        goes: list[float] = [work.seconds(work.step_of(engine), batches) for _ in range(4)]
        engine.close()
    return min(goes[1:])


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mini", help="mini, a data directory or a map of files")
    parser.add_argument("--shape", default="small", choices=["small", "base", "large"])
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--busy", action="store_true", help="with a program beside it that computes on every core")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
