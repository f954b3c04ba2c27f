#!/usr/bin/env python
"""The training engine beside a plain PyTorch loop: the same batches, one CPU rank; and how much of a batch is padding.

Prints, for MNLI-like pairs and SQuAD windows, the share of real tokens and the time of the engine as a multiple of
the plain loop's, round by round. Rows come from a map of files (see docs/data.md), from mini without one.
"""

from __future__ import annotations

import argparse
import functools
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch import nn

from harness.config import Settings
from harness.hyper import Hyper
from harness.kinds.features import Features
from harness.modeling import scratch
from harness.modeling.checkpoints import load_encoder, load_text_encoder
from harness.modeling.heads.base import HeadConfig, build_head
from harness.modeling.model import TaskModel
from harness.planning.data import Data
from harness.planning.session import open_source
from harness.registry import default_registry
from harness.training.batching import MicroBatch, collate, cut
from harness.training.engine import Engine
from harness.training.mixing import Mixing
from harness.training.sampling import Sampler

TASKS = {"mnli": Hyper(max_length=128), "squad": Hyper(max_length=384, doc_stride=128)}
PAD_ID = 1


def main() -> None:
    arguments = parse_arguments()
    registry = default_registry()
    data = Data(registry, open_source(Settings(data=arguments.data), registry))
    with tempfile.TemporaryDirectory() as temporary:
        model = Path(temporary)
        texts = {task: data.training(task) for task in TASKS}
        kinds = {task: registry.kind(registry.task(task).kind) for task in TASKS}
        parameters = {"hidden_size": 256, "layers": 4, "heads": 4, "feed_forward": 1024}
        parameters |= {"vocabulary": 8000, "positions": 514, "dropout": 0.1}
        scratch.build(
            model, (t for task in TASKS for row in texts[task].rows for t in kinds[task].texts(row)), parameters
        )
        encoder = load_text_encoder(model)
        print(
            f"rows: {arguments.data}; {parameters['layers']} layers x {parameters['hidden_size']}; "
            f"{torch.get_num_threads()} threads; batch {Hyper().batch_size}; "
            f"{arguments.rounds} rounds of {arguments.steps} steps"
        )
        for task, hyper in TASKS.items():
            features = kinds[task].encode(texts[task].rows, data.labels(task), encoder, hyper)
            batches = draw_batches(task, features, hyper, arguments.steps)
            report_padding(task, features, batches)
            config = HeadConfig(
                task=task,
                head=kinds[task].head,
                labels=data.labels(task),
                dropout=0.1,
                hidden_size=parameters["hidden_size"],
                layers=parameters["layers"],
            )
            for precision in arguments.precision:
                ratios = compare(model, config, features, batches, hyper, precision, arguments.rounds)
                median = statistics.median(ratios)
                spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
                print(f"{task:6} {precision}: engine takes {median:.2f} x the plain loop's time ({spread})")


def draw_batches(task: str, features: Features, hyper: Hyper, steps: int) -> list[list[MicroBatch]]:
    sampler = Sampler(
        seed=1,
        phase="bench",
        sizes={task: len(features)},
        mixing=Mixing.of(hyper, {}),
        batch_size=hyper.batch_size,
        steps=steps,
    )
    return [cut(features, sampler.draw(step).units, hyper.token_budget) for step in range(steps)]


def report_padding(task: str, features: Features, batches: list[list[MicroBatch]]) -> None:
    real = sum(batch.tokens for step in batches for batch in step)
    padded = sum(batch.padded_tokens for step in batches for batch in step)
    longest = sum(
        len(batch.units) * int(features.lengths[batch.units].max()) for step in batches for batch in [whole(step)]
    )
    print(
        f"{task:6} real tokens: {100 * real / padded:.1f} % of those processed "
        f"({statistics.mean(map(len, batches)):.1f} micro-batches a step); "
        f"{100 * real / longest:.1f} % if each step were padded to its longest"
    )


def whole(step: list[MicroBatch]) -> MicroBatch:
    import numpy as np

    return MicroBatch(np.concatenate([batch.units for batch in step]), 0, 0)


def compare(
    model: Path,
    config: HeadConfig,
    features: Features,
    batches: list[list[MicroBatch]],
    hyper: Hyper,
    precision: str,
    rounds: int,
) -> list[float]:
    """The engine's time over the plain loop's, in turn, the first round not counted."""
    engine = Engine(fresh(model, config), hyper, precision)
    plain = fresh(model, config)
    optimiser = torch.optim.AdamW(plain.parameters(), lr=hyper.lr, eps=hyper.adam_epsilon, fused=True)

    def engine_step(makers: list[Callable[[], dict[str, torch.Tensor]]], count: int) -> None:
        engine.step(config.task, makers, count, hyper.lr)

    def plain_step(makers: list[Callable[[], dict[str, torch.Tensor]]], count: int) -> None:
        plain.train()
        for make in makers:
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
                loss = plain(config.task, make()) / count
            loss.backward()
        nn.utils.clip_grad_norm_(plain.parameters(), hyper.max_grad_norm, foreach=True)
        optimiser.step()
        optimiser.zero_grad()

    ratios = []
    for number in range(rounds + 1):
        order = [engine_step, plain_step] if number % 2 else [plain_step, engine_step]
        seconds = {step.__name__: timed(step, features, batches) for step in order}
        ratios.append(seconds["engine_step"] / seconds["plain_step"])
    engine.close()
    return ratios[1:]


def timed(step: Callable[..., None], features: Features, batches: list[list[MicroBatch]]) -> float:
    started = time.perf_counter()
    for cuts in batches:
        makers = [functools.partial(collate, features, batch.units, PAD_ID, torch.device("cpu")) for batch in cuts]
        step(makers, sum(int(features.weights[batch.units].sum()) for batch in cuts))
    return time.perf_counter() - started


def fresh(model: Path, config: HeadConfig) -> TaskModel:
    torch.manual_seed(0)
    encoder, _ = load_encoder(model)
    return TaskModel(encoder, {config.task: build_head(config)})


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mini", help="mini, a data directory or a map of files")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--precision", nargs="+", default=["fp32", "bf16"], choices=["fp32", "bf16"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
