#!/usr/bin/env python
"""How often intervals hold the true value: simulated experiments whose truth is known.

Each line is one experiment, repeated: new items and seeds are drawn, an interval is made as the program makes it, and
whether it holds the truth is counted. `held` should be 95 %; `below` and `above` say where the truth was when it was
missed. 2,000 experiments know a coverage within a point (two standard errors). That of shares is exact: all numbers of
right items are gone through, each as often as it comes. `--only TEXT` takes the lines with it.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from harness.metrics import percent_of_items
from harness.statistics.hierarchy import hierarchical_interval
from harness.statistics.intervals import Interval, t_interval, welch_interval
from harness.statistics.joint import RESAMPLES, joint_gain, joint_interval
from harness.statistics.parts import Part, Value
from harness.statistics.shares import share_gain, share_interval

Rows = npt.NDArray[np.float64]
PERCENT = (0.0, 100.0)
GAIN = (-100.0, 100.0)


@dataclass(frozen=True)
class Outcome:
    """An interval, and how likely it is."""

    likely: float
    interval: Interval


@dataclass(frozen=True)
class Experiment:
    """What is drawn and what is true.

    Attributes:
        name: what the interval is of, and of how much.
        truth: in percent or points.
        interval: of what a generator draws; the number seeds the bootstrap, if there is one. Or all outcomes, where
            they can be gone through.
        least, most: which coverage is asked for; nothing where the least is 0, which is shown for what it is.
    """

    name: str
    truth: float
    interval: Callable[[np.random.Generator, int], Interval] | Sequence[Outcome]
    least: float = 0.93
    most: float = 0.97

    @property
    def asked(self) -> str:
        """The coverage asked for, in percent."""
        if not self.least:
            return "nothing"
        return (
            f"{100 * self.least:.0f} to {100 * self.most:.0f}" if self.most < 1 else f"{100 * self.least:.0f} or more"
        )


@dataclass(frozen=True)
class Found:
    """What came of an experiment, in percent; the width in points."""

    name: str
    held: float
    below: float
    above: float
    width: float
    asked: str


def run(experiment: Experiment, repeats: int, seed: int = 0) -> Found:
    """Repeat an experiment, or go through all that can come of it."""
    below = above = width = 0.0
    for outcome in _outcomes(experiment, repeats, seed):
        found = outcome.interval
        below += outcome.likely * (experiment.truth < found.low - 1e-9)
        above += outcome.likely * (experiment.truth > found.high + 1e-9)
        width += outcome.likely * (found.high - found.low)
    return Found(experiment.name, 100 * (1 - below - above), 100 * below, 100 * above, width, experiment.asked)


def _outcomes(experiment: Experiment, repeats: int, seed: int) -> Iterator[Outcome]:
    if not callable(experiment.interval):
        yield from experiment.interval
        return
    generator = np.random.default_rng([seed, *experiment.name.encode()])
    for repeat in range(repeats):
        yield Outcome(1 / repeats, experiment.interval(generator, repeat))


def experiments(resamples: int = RESAMPLES, sizes: Sequence[int] = (100, 300, 2000)) -> Iterator[Experiment]:
    """Every interval that the program prints."""
    for items in sizes:
        yield from shares(items)
        yield from gains_of_shares(items)
        yield from scores(items, resamples)
        yield from parallel_languages(items, resamples)
    for passages in (8, 15):
        yield from answers(passages, resamples, least=0.0)
    yield from over_seeds()
    for seeds in (3, 5, 10):
        yield from over_seeds_and_items(seeds)


def shares(items: int) -> Iterator[Experiment]:
    for share in (0.5, 0.95):
        yield Experiment(f"share {share:g}, {items} items", 100 * share, outcomes_of_share(share, items))
    for share in (0.98, 0.995, 0.001):
        outcomes = outcomes_of_share(share, items)
        yield Experiment(f"discrete: share {share:g}, {items} items", 100 * share, outcomes, 0.94, 1.0)


def outcomes_of_share(share: float, items: int) -> list[Outcome]:
    """All numbers of right items."""
    likely = binom.pmf(range(items + 1), items, share).tolist()
    return [Outcome(p, share_interval(right, items)) for right, p in enumerate(likely)]


def gains_of_shares(items: int) -> Iterator[Experiment]:
    for left, right in ((0.15, 0.10), (0.04, 0.02), (0.02, 0.005), (0.005, 0.005)):
        few = items * (left + right) < 20
        yield Experiment(
            f"{'discrete: ' if few else ''}gain of shares, {left:g} and {right:g} discordant, {items} items",
            100 * (left - right),
            partial(discordant_gain, items=items, left=left, right=right),
            0.94 if few else 0.93,
            1.0 if few else 0.97,
        )


def scores(items: int, resamples: int) -> Iterator[Experiment]:
    """Scores that are no shares, and their gains."""
    for easy, noise in ((0.8, 0.4), (0.95, 0.05)):
        yield Experiment(
            f"F1 of spans, about {span_truth(easy, noise):.0f}, {items} sentences",
            span_truth(easy, noise),
            partial(span_score, items=items, score=(easy, noise), resamples=resamples),
        )
        for changed in (0.3, 0.05):
            few = items * changed < 20
            yield Experiment(
                f"{'discrete: ' if few else ''}gain in F1 of spans from {span_truth(easy, noise):.0f}, "
                f"{100 * changed:g} % of {items} sentences",
                span_truth(easy, noise) - span_truth(easy * (1 - 0.3 * changed), noise),
                partial(span_gain, items=items, score=(easy, noise), changed=changed, resamples=resamples),
                0.94 if few else 0.93,
                1.0 if few else 0.97,
            )
    yield from answers(items, resamples)


def answers(passages: int, resamples: int, least: float = 0.93) -> Iterator[Experiment]:
    """Scores of questions that share passages."""
    for a, b in ((3.0, 1.5), (9.5, 0.5)):
        yield Experiment(
            f"F1 of answers, {100 * a / (a + b):.0f}, {passages} passages of 3 to 7 questions",
            100 * a / (a + b),
            partial(clustered, passages=passages, chances=(a, b), resamples=resamples),
            least,
        )


def parallel_languages(items: int, resamples: int) -> Iterator[Experiment]:
    for a, b in ((1.0, 1.0), (9.5, 0.5)):
        yield Experiment(
            f"mean of 15 parallel languages, {100 * a / (a + b):.0f}, {items} items",
            100 * a / (a + b),
            partial(parallel_mean, items=items, chances=(a, b), resamples=resamples),
        )
    yield Experiment(
        f"gain of the mean of 15 parallel languages, {items} items",
        2.0,
        partial(parallel_gain, items=items, resamples=resamples),
    )


def over_seeds() -> Iterator[Experiment]:
    for seeds in (3, 5, 10):
        yield from over_some_seeds(seeds)


def over_some_seeds(seeds: int) -> Iterator[Experiment]:
    yield Experiment(f"mean over {seeds} seeds", 70.0, lambda draw, _: t_interval(draw.normal(70, 1.3, seeds).tolist()))
    yield Experiment(
        f"gain over {seeds} paired seeds",
        1.0,
        lambda draw, _: t_interval((draw.normal(71, 1.3, seeds) - draw.normal(70, 1.3, seeds)).tolist()),
    )
    yield Experiment(
        f"gain over {seeds} seeds a side, one side spreads twice as much",
        1.0,
        lambda draw, _: welch_interval(draw.normal(71, 2.0, seeds).tolist(), draw.normal(70, 1.0, seeds).tolist()),
    )
    yield Experiment(
        f"mean over {seeds} seeds of a skewed score",
        70.0,
        lambda draw, _: t_interval((74 - draw.gamma(4.0, 1.0, seeds)).tolist()),
    )
    yield Experiment(
        f"mean over {seeds} seeds of which some fail: very skewed",
        70.0,
        lambda draw, _: t_interval((73 - draw.gamma(1.5, 2.0, seeds)).tolist()),
        0.0,
    )


def over_seeds_and_items(seeds: int) -> Iterator[Experiment]:
    for spread in (0.01, 0.04):
        yield Experiment(
            f"{seeds} seeds with a spread of {100 * spread:g} on other items, too (5 parallel languages of 300)",
            70.0,
            partial(trained, seeds=seeds, spread=spread),
            0.94,
            1.0,
        )


def discordant_gain(draw: np.random.Generator, _: int, *, items: int, left: float, right: float) -> Interval:
    """Of two sides, of which each alone is right on a share of the items."""
    mine, theirs, _both = draw.multinomial(items, [left, right, 1 - left - right]).tolist()
    return share_gain(mine, theirs, items)


def f1(sums: Sequence[float], n: int) -> float:
    """Of right, predicted and gold spans."""
    del n
    right, predicted, gold = sums
    return 200.0 * right / (predicted + gold) if predicted + gold else 0.0


def spans(draw: np.random.Generator, items: int, easy: float, noise: float) -> Rows:
    """One to many spans a sentence, of which sentences differ in how easy they are."""
    gold = 1 + draw.poisson(1.5, items)
    right = draw.binomial(gold, draw.beta(4 * easy, 4 * (1 - easy), items))
    return np.stack([right, right + draw.poisson(noise, items), gold], axis=1).astype(np.float64)


def span_truth(easy: float, noise: float) -> float:
    """2.5 spans a sentence are expected."""
    return 200 * easy * 2.5 / (easy * 2.5 + noise + 2.5)


def span_score(
    draw: np.random.Generator, seed: int, *, items: int, score: tuple[float, float], resamples: int
) -> Interval:
    part = Part(statistics=spans(draw, items, *score), value=f1)
    return joint_interval([part], resamples=resamples, seed=seed, bounds=PERCENT)


def span_gain(
    draw: np.random.Generator, seed: int, *, items: int, score: tuple[float, float], changed: float, resamples: int
) -> Interval:
    """Over a model that finds 70 % as many spans in some sentences, and the same in the others."""
    easy, noise = score
    gold = 1 + draw.poisson(1.5, items)
    chance = draw.beta(4 * easy, 4 * (1 - easy), items)
    left = draw.binomial(gold, chance)
    predicted = left + draw.poisson(noise, items)
    anew = draw.random(items) < changed
    right = np.where(anew, draw.binomial(gold, 0.7 * chance), left)
    theirs = np.where(anew, right + draw.poisson(noise, items), predicted)
    mine = np.stack([left, predicted, gold], axis=1)
    other = np.stack([right, theirs, gold], axis=1)
    return joint_gain(
        [Part(statistics=mine, value=f1)],
        [Part(statistics=other, value=f1)],
        resamples=resamples,
        seed=seed,
        bounds=GAIN,
    )


def clustered(
    draw: np.random.Generator, seed: int, *, passages: int, chances: tuple[float, float], resamples: int
) -> Interval:
    """Quarters of an answer are found with a chance that is the passage's."""
    sizes = draw.integers(3, 8, passages)
    labels = np.repeat(np.arange(passages), sizes)
    found = draw.binomial(4, np.repeat(draw.beta(*chances, passages), sizes)) / 4
    part = Part(statistics=found[:, None], value=percent_of_items, units=labels)
    return joint_interval([part], resamples=resamples, seed=seed, bounds=PERCENT)


def parallel(draw: np.random.Generator, chances: Rows, languages: int, value: Value = percent_of_items) -> list[Part]:
    """Right or wrong in each language, with the item's chance."""
    rows = (draw.random((languages, len(chances))) < chances).astype(np.float64)
    return [Part(statistics=row[:, None], value=value, units=range(len(chances))) for row in rows]


def parallel_mean(
    draw: np.random.Generator, seed: int, *, items: int, chances: tuple[float, float], resamples: int
) -> Interval:
    parts = parallel(draw, draw.beta(*chances, items), 15)
    return joint_interval(parts, resamples=resamples, seed=seed, bounds=PERCENT)


def parallel_gain(draw: np.random.Generator, seed: int, *, items: int, resamples: int) -> Interval:
    """Over a model that is two points worse on every item."""
    chances = draw.uniform(0.3, 0.96, items)
    return joint_gain(
        parallel(draw, chances + 0.02, 15),
        parallel(draw, chances, 15),
        resamples=resamples,
        seed=seed,
        bounds=GAIN,
    )


def trained(draw: np.random.Generator, _: int, *, seeds: int, spread: float) -> Interval:
    """Seeds of a recipe on the same items."""
    easiness = draw.uniform(-0.15, 0.15, 300)
    return hierarchical_interval([parallel(draw, 0.7 + easiness + luck, 5) for luck in draw.normal(0, spread, seeds)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=2000)
    parser.add_argument("--resamples", type=int, default=RESAMPLES)
    parser.add_argument("--only", default="", help="lines that hold this text")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    arguments = parser.parse_args()
    print(f"{'held':>6} {'below':>6} {'above':>6} {'width':>7}  asked for   what")
    for experiment in experiments(arguments.resamples):
        if arguments.only in experiment.name:
            found = run(experiment, arguments.experiments)
            figures = f"{found.held:6.1f} {found.below:6.1f} {found.above:6.1f} {found.width:7.2f}"
            line = f"{figures}  {found.asked:10}  {found.name}"
            print(json.dumps(asdict(found)) if arguments.json else line, flush=True)


if __name__ == "__main__":
    main()
