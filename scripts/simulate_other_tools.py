#!/usr/bin/env python
"""What intervals that other tools print hold, beside ours on the same data: three simulations whose truth is known.

docs/statistics.md tells what is drawn. Each line is one way to make an interval of nominally 95 %, how often it holds
the true score of other items (or of other seeds, where it is made of seeds), and how wide it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from harness.metrics import percent_of_items
from harness.statistics.intervals import t_interval
from harness.statistics.joint import joint_interval
from harness.statistics.parts import Part
from harness.statistics.shares import share_interval, wilson

Ends = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A way to make intervals: how often they held the truth in percent, and their mean width in points."""

    data: str
    way: str
    held: float
    width: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=2000)
    for line in lines(parser.parse_args().experiments):
        print(f"{line.held:5.1f} % {line.width:6.2f} points  {line.data}: {line.way}", flush=True)


def lines(experiments: int) -> Iterator[Line]:
    """All three simulations."""
    for data, simulate, truth in (
        ("ten fine-tunings", fine_tunings, 70.0),
        ("questions of passages", passages, 50.0),
        ("five seeds", seeds, 70.0),
    ):
        draw = np.random.default_rng(len(data))
        made = [simulate(draw) for _ in range(experiments)]
        for way in made[0]:
            ends = np.array([intervals[way] for intervals in made])
            held = np.mean((ends[:, 0] <= truth) & (truth <= ends[:, 1]))
            yield Line(data, way, 100 * float(held), float(np.mean(ends[:, 1] - ends[:, 0])))


def fine_tunings(draw: np.random.Generator) -> dict[str, Ends]:
    """2,048 items, easy or hard for all of ten models alike, each of which is scored on a sample of the items."""
    easiness = draw.beta(0.14, 0.06, 2048)
    right = draw.random((10, 2048)) < np.clip(easiness + draw.normal(0, 0.002, (10, 1)), 0, 1)
    scores = [100 * row[draw.integers(2048, size=2048)].mean() for row in right]
    mean, half = np.mean(scores), 1.96 * np.std(scores, ddof=1) / 10**0.5
    one = share_interval(int(right[0].sum()), 2048)
    return {
        "mean of ten bootstrap samples ± 1.96 SD / √10": (float(mean - half), float(mean + half)),
        "the first model on all items, as we do": (one.low, one.high),
    }


def passages(draw: np.random.Generator) -> dict[str, Ends]:
    """48 passages with 25 questions each, passages differing in how hard they are."""
    labels = np.repeat(np.arange(48), 25)
    right = draw.random(1200) < np.repeat(draw.beta(2, 2, 48), 25)
    alone = wilson(int(right.sum()), 1200)
    part = Part(statistics=right[:, None].astype(float), value=percent_of_items, units=labels)
    together = joint_interval([part], seed=int(draw.integers(2**31)))
    return {
        "questions as if independent": (alone.low, alone.high),
        "passages drawn whole, as we do": (together.low, together.high),
    }


def seeds(draw: np.random.Generator) -> dict[str, Ends]:
    """Five seeds of one recipe."""
    scores = draw.normal(70, 1.3, 5)
    means = scores[draw.integers(5, size=(2000, 5))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    half = 1.96 * scores.std(ddof=1) / 5**0.5
    ours = t_interval(scores.tolist())
    return {
        "percentiles of a bootstrap of seeds": (float(low), float(high)),
        "mean ± 1.96 SD / √5": (float(scores.mean() - half), float(scores.mean() + half)),
        "Student's t, as we do": (ours.low, ours.high),
    }


if __name__ == "__main__":
    main()
