#!/usr/bin/env python
"""The training engine beside a plain PyTorch loop: the same batches, one CPU rank; and how much of a batch is padding.

Prints, for MNLI-like pairs and SQuAD windows, the share of real tokens and the time of the engine as a multiple of
the plain loop's, round by round. Rows come from a map of files (see docs/data.md), from mini without one.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.training.machine import wait_briefly

wait_briefly()

import numpy as np
import torch
from bench_work import SHAPES, TASKS, Work, prepare
from torch import nn

from harness.modeling.heads.base import Batch
from harness.training.batching import MicroBatch
from harness.training.engine import Engine


def main() -> None:
    arguments = parse_arguments()
    shape = SHAPES[arguments.shape]
    print(
        f"rows: {arguments.data}; {shape['layers']} layers x {shape['hidden_size']}; "
        f"{torch.get_num_threads()} threads; {arguments.rounds} rounds of {arguments.steps} steps"
    )
    with tempfile.TemporaryDirectory() as temporary:
        for task in arguments.tasks:
            work = prepare(task, arguments.shape, arguments.data, Path(temporary))
            batches = work.drawn(arguments.steps)
            report_padding(work, batches)
            for precision in arguments.precision:
                ratios = compare(work, batches, precision, arguments.rounds)
                median = statistics.median(ratios)
                spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
                print(f"{task:6} {precision}: engine takes {median:.2f} x the plain loop's time ({spread})", flush=True)


def report_padding(work: Work, batches: list[list[MicroBatch]]) -> None:
    real = sum(batch.tokens for step in batches for batch in step)
    padded = sum(batch.padded_tokens for step in batches for batch in step)
    units = [np.concatenate([batch.units for batch in step]) for step in batches]
    longest = sum(len(step) * int(work.features.lengths[step].max()) for step in units)
    print(
        f"{work.task:6} real tokens: {100 * real / padded:.1f} % of those processed "
        f"({statistics.mean(map(len, batches)):.1f} micro-batches a step); "
        f"{100 * real / longest:.1f} % if each step were padded to its longest"
    )


def compare(work: Work, batches: list[list[MicroBatch]], precision: str, rounds: int) -> list[float]:
    """The engine's time over the plain loop's, in turn, the first round not counted."""
    hyper = work.hyper
    engine = Engine(work.fresh(), hyper, precision)
    engine_step = work.step_of(engine)
    plain = work.fresh()
    optimiser = torch.optim.AdamW(plain.parameters(), lr=hyper.lr, eps=hyper.adam_epsilon, fused=True)

    def plain_step(makers: Sequence[Callable[[], Batch]], count: int) -> None:
        plain.train()
        for make in makers:
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
                loss = plain(work.task, make()) / count
            loss.backward()
        nn.utils.clip_grad_norm_(plain.parameters(), hyper.max_grad_norm, foreach=True)
        optimiser.step()
        optimiser.zero_grad()

    ratios = []
    for number in range(rounds + 1):
        order = [engine_step, plain_step] if number % 2 else [plain_step, engine_step]
        seconds = {step: work.seconds(step, batches) for step in order}
        ratios.append(seconds[engine_step] / seconds[plain_step])
    engine.close()
    return ratios[1:]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mini", help="mini, a data directory or a map of files")
    parser.add_argument("--shape", default="small", choices=SHAPES)
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=TASKS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--precision", nargs="+", default=["fp32", "bf16"], choices=["fp32", "bf16"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
