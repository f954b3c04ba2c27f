#!/usr/bin/env python
"""How long bootstrap intervals of means over languages take, beside drawing items and scoring them anew.

10,000 resamples. Seconds are of the processor, on one core, so that other programs count little. Items are made from a
seed; the naive way draws items and applies the metric to their predictions, for a few resamples; its time is scaled up.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.item_scores import ItemScores, item_scores, joint_parts
from harness.metrics import Metric, Predictions
from harness.registry import default_registry
from harness.statistics.joint import joint_gain, joint_interval
from harness.statistics.permutation import TIMES, permuted_gain

WORDS = ("the", "red", "car", "of", "old", "house", "in", "Paris", "wound", "care", "an", "open", "door", "street")
TAGS = ("O", "O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC")


@dataclass(frozen=True)
class Benchmark:
    """A task as large as a real one."""

    name: str
    metric: str
    languages: int
    items: int
    limit: float
    make: Callable[[random.Random, int], dict[str, list[Any]]]


def labels(draw: random.Random, items: int) -> dict[str, list[Any]]:
    golds = draw.choices("abc", k=items)
    return {"gold": golds, "prediction": [gold if draw.random() < 0.7 else draw.choice("abc") for gold in golds]}


def answers(draw: random.Random, items: int) -> dict[str, list[Any]]:
    golds = [[" ".join(draw.choices(WORDS, k=draw.randint(1, 5)))] for _ in range(items)]
    return {
        "gold": golds,
        "prediction": [
            gold if draw.random() < 0.6 else " ".join(draw.choices([*gold.split(), *WORDS], k=3)) for (gold,) in golds
        ],
    }


def tags(draw: random.Random, items: int) -> dict[str, list[Any]]:
    golds = [draw.choices(TAGS, k=draw.randint(5, 20)) for _ in range(items)]
    return {
        "gold": golds,
        "prediction": [[tag if draw.random() < 0.9 else draw.choice(TAGS) for tag in gold] for gold in golds],
    }


BENCHMARKS = (
    Benchmark("accuracy, 15 x 5,000", "accuracy", 15, 5_000, 0.5, labels),
    Benchmark("SQuAD F1, 10 x 1,000", "squad_f1", 10, 1_000, 1.0, answers),
    Benchmark("span F1, 33 x 500", "span_f1", 33, 500, 2.0, tags),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--naive", type=int, default=5, help="resamples of the naive way")
    arguments = parser.parse_args()
    for benchmark in BENCHMARKS:
        measure(benchmark, arguments.resamples, arguments.naive)


def measure(benchmark: Benchmark, resamples: int, naive: int) -> None:
    draw = random.Random(0)
    metric = default_registry().metric(benchmark.metric)
    made = [benchmark.make(draw, benchmark.items) for _ in range(benchmark.languages)]
    scores = [item_scores(metric, predictions) for predictions in made]
    others = [item_scores(metric, {**predictions, "prediction": worse(predictions, draw)}) for predictions in made]
    items = [f"item {place}" for place in range(benchmark.items)]
    apart, parallel, theirs = (
        joint_parts([of_items(of, [f"{language} {name}" for name in items]) for language, of in enumerate(scores)]),
        joint_parts([of_items(of, items) for of in scores]),
        joint_parts([of_items(of, items) for of in others]),
    )
    seconds = {
        "languages of their own items": took(lambda: joint_interval(apart, resamples=resamples)),
        "parallel languages": took(lambda: joint_interval(parallel, resamples=resamples)),
        "gain, parallel": took(lambda: joint_gain(parallel, theirs, resamples=resamples)),
        # The difference is so sure that all further draws are made, too.
        "swaps, parallel": took(lambda: permuted_gain(parallel, theirs, flips=resamples // TIMES)),
    }
    again = took(lambda: score_anew(metric, made, naive)) * resamples / naive
    print(f"{benchmark.name}: at most {benchmark.limit} s; drawn and scored anew {again:.0f} s")
    for name, found in seconds.items():
        print(f"  {name:30} {found:6.2f} s, {again / found:6.0f} times as fast", flush=True)


def worse(predictions: Mapping[str, list[Any]], draw: random.Random) -> list[Any]:
    """The predictions of another model: a tenth are wrong altogether."""
    return [
        found if draw.random() < 0.9 else ["O"] * len(found) if isinstance(found, list) else ""
        for found in predictions["prediction"]
    ]


def of_items(scores: ItemScores, items: list[str]) -> ItemScores:
    return ItemScores(scores.metric, scores.statistics, None, tuple(items))


def score_anew(metric: Metric, made: list[dict[str, list[Any]]], resamples: int) -> list[float]:
    draw = random.Random(1)
    return [
        float(np.mean([item_scores(metric, redrawn(predictions, draw)).value for predictions in made]))
        for _ in range(resamples)
    ]


def redrawn(predictions: Mapping[str, list[Any]], draw: random.Random) -> Predictions:
    places = draw.choices(range(len(predictions["gold"])), k=len(predictions["gold"]))
    return {name: [column[place] for place in places] for name, column in predictions.items()}


def took(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    main()
