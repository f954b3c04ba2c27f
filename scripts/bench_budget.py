#!/usr/bin/env python
"""How large micro-batches should be: the time of a pass over rows at several token budgets, over that at 4,096 tokens.

Forward passes over any rows, as predicting does, and forward and backward passes over a step of rows of like length, as
`group_by_length` draws them. Every budget runs in every round; ratios are taken within rounds. Part of what a smaller
budget gains is padding, which is printed, too.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness.training.machine import wait_briefly

wait_briefly()

import numpy as np
import torch
from bench_work import PAD_ID, SHAPES, TASKS, Work, prepare

from harness.modeling.model import TaskModel
from harness.training.batching import MicroBatch, collate

if TYPE_CHECKING:
    from numpy.typing import NDArray

USUAL = 4096


def main() -> None:
    arguments = parse_arguments()
    budgets = sorted({*arguments.budgets, USUAL})
    print(f"{arguments.shape}: {SHAPES[arguments.shape]}; {torch.get_num_threads()} threads, {arguments.rounds} rounds")
    for task in arguments.tasks:
        with tempfile.TemporaryDirectory() as temporary:
            work = prepare(task, arguments.shape, arguments.data, Path(temporary))
            rows = np.random.default_rng(0).permutation(len(work.features))[: arguments.rows]
            by_length = np.argsort(work.features.lengths, kind="stable")
            step = by_length[len(by_length) // 2 :][: work.hyper.batch_size]
            compare("predicting", work, rows, budgets, arguments.rounds, train=False)
            compare("a grouped step", work, step, budgets, arguments.rounds, train=True)


def compare(name: str, work: Work, units: NDArray[np.int64], budgets: list[int], rounds: int, *, train: bool) -> None:
    cuts = {budget: work.cut(units, budget) for budget in budgets}
    times = measure(work, cuts, rounds, train=train)
    for budget, batches in cuts.items():
        ratios = [usual / own for usual, own in zip(times[USUAL], times[budget], strict=True)]
        padding = sum(one.padded_tokens for one in batches) / sum(one.tokens for one in batches)
        print(
            f"{work.task}, {name}, {budget:,} tokens: {statistics.median(ratios):.2f} times as fast "
            f"({min(ratios):.2f} to {max(ratios):.2f}); {len(batches)} micro-batches, "
            f"{padding:.2f} tokens computed a real one",
            flush=True,
        )


def measure(work: Work, cuts: dict[int, list[MicroBatch]], rounds: int, *, train: bool) -> dict[int, list[float]]:
    """Seconds of each round by budget, after one to warm up."""
    model = work.fresh().train(train)
    times: dict[int, list[float]] = {budget: [] for budget in cuts}
    for number in range(rounds + 1):
        for budget in list(cuts)[:: 1 if number % 2 else -1]:
            started = time.perf_counter()
            go_through(work, model, cuts[budget], train=train)
            if number:
                times[budget].append(time.perf_counter() - started)
    return times


def go_through(work: Work, model: TaskModel, batches: list[MicroBatch], *, train: bool) -> None:
    with contextlib.nullcontext() if train else torch.no_grad():
        for one in batches:
            batch = collate(work.features, one.units, PAD_ID, torch.device("cpu"))
            if train:
                model(work.task, batch).backward()
            else:
                model(work.task, batch, scores=True)
    model.zero_grad()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mini", help="a map of files, see docs/data.md; mini without one")
    parser.add_argument("--tasks", nargs="*", choices=TASKS, default=list(TASKS))
    parser.add_argument("--shape", choices=SHAPES, default="base")
    parser.add_argument("--budgets", nargs="*", type=int, default=[1024, 2048])
    parser.add_argument("--rows", type=int, default=128, help="rows to predict")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
