#!/usr/bin/env python
"""What ZeRO 2 saves on two ranks, and what checkpoints to go on from cost: prints both with their goals.

Two CPU processes train a small encoder on random sequences. Bytes of optimiser state are of the tensors that each rank
holds; the cost of a checkpoint is the time to write it and put it on the disk, over that of the steps between two.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from harness.training.machine import wait_briefly

wait_briefly()

import numpy as np
import torch

from harness.hyper import Hyper
from harness.kinds.features import FeatureBuilder, Features
from harness.modeling import scratch
from harness.modeling.heads.base import HeadConfig
from harness.training import ranks
from harness.training.launching import launch_program
from harness.training.loop import _sync
from harness.training.phase import Phase
from harness.training.ranks import Shared, serve
from harness.training.replica import Replica

GOAL_STATE, GOAL_SAVING = 0.6, 0.05
SHAPE = {"hidden_size": 256, "layers": 4, "heads": 4, "feed_forward": 1024, "vocabulary": 8000, "positions": 130}


class Measured(Replica):
    """A replica that tells how much optimiser state it holds."""

    def state_bytes(self) -> list[int]:
        """Bytes on each rank; collective, known to rank 0."""
        states = self.engine._optimizer.state.values()
        tensors = [value for state in states for value in state.values() if torch.is_tensor(value)]
        return ranks.team().gather(sum(tensor.numel() * tensor.element_size() for tensor in tensors))


def main() -> None:
    arguments = parse_arguments()
    if ranks.launched() == 1 and arguments.ranks > 1:
        print(f"{SHAPE['layers']} layers x {SHAPE['hidden_size']}, ZeRO 2")
        whole = [measure(1, arguments)]
        sys.stdout.flush()
        os.environ["XHARNESS_BENCH_WHOLE"] = str(whole[0])
        sys.exit(launch_program([__file__, *sys.argv[1:]], arguments.ranks))
    team = ranks.join()
    if team.rank:
        serve(team)
    else:
        whole_bytes = int(os.environ["XHARNESS_BENCH_WHOLE"])
        share = measure(team.size, arguments) / whole_bytes
        verdict = "reached" if share <= GOAL_STATE else "missed"
        print(f"optimiser state per rank: {share:.2f} of one rank's (goal: at most {GOAL_STATE}: {verdict})")
        team.dismiss()
    sys.stdout.flush()
    os._exit(0)


def measure(size: int, arguments: argparse.Namespace) -> int:
    """Print what checkpoints cost; the most bytes of optimiser state that a rank holds."""
    with tempfile.TemporaryDirectory() as temporary:
        phase = make_phase(Path(temporary), arguments.length)
        shared = Shared(Measured, phase)
        seconds, saving = [], []
        for number in range(arguments.steps):
            started = time.perf_counter()
            shared.call(Measured.step, number)
            seconds.append(time.perf_counter() - started)
        for number in range(arguments.saves):
            started = time.perf_counter()
            shared.call(Measured.save, f"step-{number}")
            _sync(phase.work)
            saving.append(time.perf_counter() - started)
        held = max(shared.call(Measured.state_bytes))
        shared.close(Measured.close)
    step, save = statistics.median(seconds[2:]), statistics.median(saving)
    every = Hyper().checkpoint_every
    share = save / (every * step)
    verdict = "reached" if share < GOAL_SAVING else "missed"
    print(
        f"{size} ranks: {held / 2**20:.1f} MiB of optimiser state a rank; a step {step:.3f} s, "
        f"a checkpoint {save:.3f} s: {share:.1%} of the time at one every {every} steps "
        f"(goal: below {GOAL_SAVING:.0%}: {verdict})"
    )
    return held


def make_phase(directory: Path, length: int) -> Phase:
    """A phase of random sequences around a length."""
    model, work = directory / "model", directory / "work"
    model.mkdir()
    work.mkdir()
    scratch.build(model, ["a b c d e f", "the dog and the fox"], {**SHAPE, "dropout": 0.1})
    head = "harness.modeling.heads.text_classification:TextClassificationHead"
    config = HeadConfig(
        task="random",
        head=head,
        labels=("a", "b"),
        dropout=0.1,
        hidden_size=SHAPE["hidden_size"],
        layers=SHAPE["layers"],
    )
    hyper = dataclasses.replace(Hyper(), zero_stage=2, steps=10**6, batch_size=32, precision="fp32")
    return Phase(
        name="target",
        features={"random": random_features(length)},
        heads={"random": config},
        start=model,
        origin=model,
        work=work,
        hyper=hyper,
        precision="fp32",
        seed=1,
    )


def random_features(length: int) -> Features:
    generator = np.random.default_rng(0)
    builder = FeatureBuilder()
    for row in range(512):
        builder.sequence(generator.integers(5, 20, generator.integers(length // 2, length + 1)).tolist())
        builder.end_unit(row, label=row % 2)
    return builder.build()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--saves", type=int, default=5)
    parser.add_argument("--length", type=int, default=64, help="tokens of the longest sequence")
    return parser.parse_args()


if __name__ == "__main__":
    main()
