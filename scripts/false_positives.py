#!/usr/bin/env python
"""How often a difference is claimed where there is none: between seeds of one arm, and, with --items, on items.

From the seeds of each arm of RUN two disjoint sets are drawn again and again, and what `xharness compare` would say of
their difference is counted: paired, one seed of a set beside one of the other, and not paired, by Welch's t. Scores are
means over languages. The means over arms and tasks must not exceed 6 %; else the exit code is 1.

The draws overlap. If seeds give normal scores, 5 % are expected of every arm, but the seeds at hand are one sample: the
range stands beside, in which 95 % of samples of as many normal scores are.

Two seeds of an arm are two models, which do differ on items. With --items, two models are drawn that are equally good
on all items that there could be, and scored on some of them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import harness
from harness.comparing.findings import Finding, find_over_items, find_over_seeds, judge
from harness.item_scores import ItemScores
from harness.registry import default_registry
from harness.results.comparison import PERCENT_GAIN, UNIT, over_seeds
from harness.results.paired_items import ItemPair, PairedItems
from harness.statistics.conclusion import Verdict, conclude
from harness.statistics.intervals import welch_interval
from harness.statistics.refusal import CannotConclude

MOST = 6.0
SIZES = (3, 5, 8, 10)
ITEMS = (100, 300, 2000)
Claim = Callable[[Sequence[float], Sequence[float]], bool]
SURE = (Verdict.BETTER, Verdict.WORSE)


@dataclass(frozen=True)
class Claimed:
    """In how many percent of draws a test claimed a difference of two sets of so many seeds."""

    test: str
    size: int
    scores: str
    percent: float


def paired(left: Sequence[float], right: Sequence[float]) -> bool:
    """Whether `xharness compare` would claim a difference, if no margin is stated and nothing else is looked at."""
    gain = over_seeds({seed: a - b for seed, (a, b) in enumerate(zip(left, right, strict=True))}, PERCENT_GAIN)
    found = Finding(left=fmean(left), right=fmean(right), value=gain.value, by_seed=gain.by_seed)
    return _is_claimed(find_over_seeds(found, gain))


def _is_claimed(found: Finding) -> bool:
    judged = judge(found, found.test.p if found.test else None, margin=None, higher_is_better=True)
    return judged.verdict in SURE


def welch(left: Sequence[float], right: Sequence[float]) -> bool:
    """Whether Welch's interval excludes zero."""
    try:
        return conclude(welch_interval(left, right)).verdict in SURE
    except CannotConclude:
        return False


CLAIMS: dict[str, Claim] = {"paired t": paired, "Welch's t": welch}


def claimed(scores: Sequence[float], size: int, claim: Claim, draws: int, generator: np.random.Generator) -> float:
    """In how many percent of draws a difference is claimed.

    Args:
        scores: one per seed of one arm, at least twice as many as `size`.
        size: seeds of each of the two sets.
    """
    found = 0
    for _ in range(draws):
        drawn = generator.permutation(scores)[: 2 * size].tolist()
        found += claim(drawn[:size], drawn[size:])
    return 100 * found / draws


def measure(samples: dict[str, list[float]], draws: int, generator: np.random.Generator) -> Iterator[Claimed]:
    """What each test claims of each sample of scores, for sets of each size that it is large enough for."""
    for test, claim in CLAIMS.items():
        for size in SIZES:
            for name, scores in samples.items():
                if len(scores) >= 2 * size:
                    yield Claimed(test, size, name, claimed(scores, size, claim, draws, generator))


def scores_by_seed(run: str) -> dict[str, list[float]]:
    """Of each arm and task of a run the mean over languages of each seed."""
    table = harness.load_records(run)
    table = table[table.main & table.clean & (table.unit == UNIT) & table.value.notna()]
    means = table.groupby(["arm", "task", "seed"]).value.agg(["mean", "size"])
    found = {}
    for (arm, task), of in means.groupby(level=["arm", "task"]):
        if of["size"].nunique() > 1:
            sys.exit(f"{task} after {arm}: some seeds have other languages than others")
        found[f"{task} after {arm}"] = of["mean"].tolist()
    return found


def right_or_wrong(draw: np.random.Generator, items: int) -> PairedItems:
    """One language; each model is right where the other is wrong in 4.2 % of items, so that they differ in 8.4 %."""
    return _paired("accuracy", [_answers(draw, np.full(items, 0.7), 0.2)])


def parallel_languages(draw: np.random.Generator, items: int) -> PairedItems:
    """Five languages, whose translations of an item are about as hard."""
    chances = draw.uniform(0.3, 0.95, items)
    return _paired("accuracy", [_answers(draw, chances, 0.4) for _ in range(5)])


def spans(draw: np.random.Generator, items: int) -> PairedItems:
    """One language; the models' counts of right and of found spans differ in 20.5 % of sentences."""
    gold = 1 + draw.poisson(1.5, items)
    chance = draw.beta(3.2, 0.8, items)
    anew = draw.random(items) < 0.3
    first = draw.binomial(gold, chance), draw.poisson(0.4, items)
    second = [
        np.where(anew, *pair)
        for pair in zip((draw.binomial(gold, chance), draw.poisson(0.4, items)), first, strict=True)
    ]
    return _paired("span_f1", [[np.stack([right, right + wrong, gold], axis=1) for right, wrong in (first, second)]])


MODELS = {"right or wrong": right_or_wrong, "5 parallel languages": parallel_languages, "F1 of spans": spans}


def _answers(draw: np.random.Generator, chances: np.ndarray, anew: float) -> list[np.ndarray]:
    """Two models' answers, the second of which answers a share of items anew."""
    first, other = (draw.random((2, len(chances))) < chances).astype(np.float64)
    return [first[:, None], np.where(draw.random(len(chances)) < anew, other, first)[:, None]]


def _paired(metric: str, languages: Sequence[Sequence[np.ndarray]]) -> PairedItems:
    known = default_registry().metric(metric)
    pairs = []
    for language, sides in enumerate(languages):
        names = tuple(f"item {place}" for place in range(len(sides[0])))
        left, right = (ItemScores(known, side.astype(np.float64), None, names) for side in sides)
        pairs.append(ItemPair(f"language {language}", left, right))
    return PairedItems(tuple(pairs))


def claimed_on_items(
    models: Callable[[np.random.Generator, int], PairedItems], items: int, draws: int, generator: np.random.Generator
) -> float:
    """In how many percent of draws `xharness compare` would claim a difference of two checkpoints."""
    empty = Finding(left=0.0, right=0.0, value=0.0, by_seed={})
    return 100 * fmean(_is_claimed(find_over_items(empty, models(generator, items))) for _ in range(draws))


def show_items(draws: int, generator: np.random.Generator) -> list[float]:
    """Print what is claimed on items, in percent."""
    found = []
    for name, models in MODELS.items():
        for items in ITEMS:
            found.append(claimed_on_items(models, items, draws, generator))
            print(f"{name}, {items} items: {found[-1]:.1f} % claimed", flush=True)
    return found


def _beside(normal: Sequence[float]) -> str:
    if not normal:
        return ""
    low, high = np.quantile(normal, [0.025, 0.975])
    return f"; of normal scores {fmean(normal):.1f} [{low:.1f},{high:.1f}]"


def show_seeds(run: str, draws: int, samples: int, generator: np.random.Generator) -> list[float]:
    """Print what is claimed of seeds: the means over arms and tasks, in percent, and each of them."""
    scores = scores_by_seed(run)
    found = list(measure(scores, draws, generator))
    if not found:
        sys.exit(f"{run} has no arm with {2 * min(SIZES)} seeds or more")
    seeds = max(map(len, scores.values()))
    drawn = {f"sample {place}": generator.normal(50, 1, seeds).tolist() for place in range(samples)}
    normal = list(measure(drawn, draws, generator))
    means = []
    for test, size in dict.fromkeys((one.test, one.size) for one in found):
        own, others = ([one for one in every if (one.test, one.size) == (test, size)] for every in (found, normal))
        means.append(fmean(one.percent for one in own))
        print(f"{test}, {size} seeds a set: {means[-1]:.1f} % claimed{_beside([one.percent for one in others])}")
        print(f"  {', '.join(f'{one.scores} {one.percent:.1f}' for one in own)}", flush=True)
    return means


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="?", help="directory of a run with 6 seeds or more")
    parser.add_argument("--items", action="store_true", help="two models on items, in place of a run")
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--samples", type=int, default=100, help="samples of normal scores that the range is of")
    asked = parser.parse_args()
    if asked.items == bool(asked.run):
        parser.error("name a run, or say --items")
    generator = np.random.default_rng(0)
    if asked.items:
        found = show_items(asked.draws, generator)
    else:
        found = show_seeds(asked.run, asked.draws, asked.samples, generator)
    if max(found) > MOST:
        sys.exit(f"more than {MOST:g} % of differences that are not there are claimed")


if __name__ == "__main__":
    main()
