#!/usr/bin/env python
"""Prediction beside the usual loop: batches of 8 padded to the maximum, float32, by plain transformers code.

All languages of xnli, udpos and xquad that the rows have, the same encoder and head weights. Also said: of how many
units the best label, tags or span are the same. Every variant runs in every round; ratios are taken within rounds.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.training.machine import wait_briefly

wait_briefly()

import numpy as np
import torch
from bench_work import PAD_ID, SHAPES, SIZES

from harness.hyper import Hyper
from harness.kinds.features import Features
from harness.modeling import scratch
from harness.modeling.checkpoints import load_encoder
from harness.modeling.heads.base import HeadConfig, build_head
from harness.modeling.model import TaskModel
from harness.modeling.tokenizer import load_text_encoder
from harness.planning.data import Data
from harness.registry import default_registry
from harness.sources.base import open_source
from harness.training.batching import collate
from harness.training.predict import Predictor

if TYPE_CHECKING:
    from numpy.typing import NDArray

TASKS = {
    "xnli": Hyper(max_length=128),
    "udpos": Hyper(max_length=128),
    "xquad": Hyper(max_length=384),
}
SHAPE = SHAPES["base"]
BATCH = 8
GOALS = {"fp32": 1.9, "bf16": 5.0}


def main() -> None:
    arguments = parse_arguments()
    registry = default_registry()
    data = Data(registry, open_source(arguments.data, registry), limit=arguments.limit)
    texts = {}
    for task in arguments.tasks:
        kind = registry.kind(registry.task(task).kind)
        languages = data.source.languages(registry.task(task), "test")
        languages = tuple(code for code in languages if not arguments.languages or code in arguments.languages)
        splits = {code: data.split(task, "test", code) for code in languages}
        texts[task] = (kind, splits)
    with tempfile.TemporaryDirectory() as temporary:
        model = Path(temporary)
        words = (
            text for kind, splits in texts.values() for s in splits.values() for r in s.rows for text in kind.texts(r)
        )
        scratch.build(model, words, SHAPE | SIZES)
        encoder = load_text_encoder(model)
        print(
            f"{SHAPE}; {torch.get_num_threads()} threads; {arguments.limit} rows a language; {arguments.rounds} rounds"
        )
        for task, (kind, splits) in texts.items():
            hyper = TASKS[task]
            labels = data.labels(registry.task(task).trained_as)
            encoded = [kind.encode(split.rows, labels, encoder, hyper) for split in splits.values()]
            head = HeadConfig(
                task=task,
                head=kind.head,
                labels=labels,
                dropout=0.0,
                hidden_size=SHAPE["hidden_size"],
                layers=SHAPE["layers"],
            )
            compare(task, model, head, encoded, hyper, arguments.rounds, arguments.precisions)


def compare(
    task: str,
    directory: Path,
    config: HeadConfig,
    encoded: list[Features],
    hyper: Hyper,
    rounds: int,
    precisions: list[str],
) -> None:
    torch.manual_seed(1)
    head = build_head(config)
    encoder, _ = load_encoder(directory)
    model = TaskModel(encoder, {task: head}).eval()
    device = torch.device("cpu")

    def usual() -> list[NDArray[np.float32]]:
        """As in XTREME's scripts: in the order of the rows."""
        found: list[NDArray[np.float32]] = []
        with torch.no_grad():
            for features in encoded:
                for first in range(0, len(features), BATCH):
                    units = np.arange(first, min(first + BATCH, len(features)))
                    batch = to_the_maximum(collate(features, units, PAD_ID, device), hyper.max_length)
                    found += head.outputs(model(task, batch, scores=True), batch)
        return found

    def ours(precision: str) -> Callable[[], list[NDArray[np.float32]]]:
        def run() -> list[NDArray[np.float32]]:
            predictor = Predictor(model, precision)
            return [one for features in encoded for one in predictor.outputs(task, features, hyper.token_budget)]

        return run

    variants = {"usual": usual, **{precision: ours(precision) for precision in precisions}}
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    best: dict[str, list[Any]] = {}
    for number in range(rounds):
        for name in list(variants)[:: 1 if number % 2 else -1]:
            started = time.perf_counter()
            found = variants[name]()
            seconds[name].append(time.perf_counter() - started)
            best[name] = [one.argmax(axis=-1).tolist() for one in found]
    units, tokens = sum(map(len, encoded)), sum(len(one.ids) for one in encoded)
    computed = units * hyper.max_length / tokens
    print(
        f"{task}: {len(encoded)} languages, {units} sequences; to the maximum computes {computed:.2f} tokens a real one"
    )
    for name in precisions:
        ratios = [peer / mine for peer, mine in zip(seconds["usual"], seconds[name], strict=True)]
        same = sum(one == other for one, other in zip(best["usual"], best[name], strict=True))
        speed, ratio = units / statistics.median(seconds[name]), statistics.median(ratios)
        print(
            f"  {name}: {speed:.1f} sequences/s, {ratio:.2f} times as fast "
            f"({min(ratios):.2f} to {max(ratios):.2f}; goal {GOALS[name]}); the same best ones in {same} of {units}",
            flush=True,
        )


def to_the_maximum(batch: dict[str, torch.Tensor], length: int) -> dict[str, torch.Tensor]:
    """Token columns widened to `length`."""
    width = batch["input_ids"].shape[1]
    fills = {"input_ids": PAD_ID, "word": -1, "attention_mask": 0, "token_type_ids": 0}
    return {
        name: torch.nn.functional.pad(column, (0, length - width), value=fills.get(name, -100))
        if column.ndim == 2
        else column
        for name, column in batch.items()
    }


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mini", help="a map of files, see docs/data.md; mini without one")
    parser.add_argument("--tasks", nargs="*", choices=TASKS, default=list(TASKS))
    parser.add_argument("--limit", type=int, default=16, help="rows a language")
    parser.add_argument("--languages", nargs="*", default=[], help="all that the rows have, unless some are named")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--precisions", nargs="*", choices=GOALS, default=list(GOALS))
    return parser.parse_args()


if __name__ == "__main__":
    main()
