"""Is one recipe better as a whole? Comparisons of all seeds of one with all seeds of another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.statistics.distributions import normal_quantile
from harness.statistics.intervals import OTHER_SEEDS, Test
from harness.statistics.parts import Floats
from harness.statistics.refusal import CannotConclude, finite

LEAST_SEEDS = 5
SEEDS = "seeds on each side"


def improvement(left: Sequence[float], right: Sequence[float]) -> Test:
    """How often a seed of left beats a seed of right, ties counting half (Agarwal et al. 2021).

    `statistic` is that probability, 0 to 1; `p` is the Mann-Whitney test of it being a half, exact where no seeds tie.

    Args:
        left, right: one score per seed; seeds need not be paired.

    Raises:
        CannotConclude: fewer than five seeds on a side, values that are not finite, or ties everywhere.
    """
    from scipy.stats import mannwhitneyu

    a, b = _sides(left, right)
    tied = len({*a, *b}) < len(a) + len(b)
    found = mannwhitneyu(a, b, method="asymptotic" if tied else "exact")
    return Test(
        p=float(found.pvalue),
        statistic=float(found.statistic) / (len(a) * len(b)),
        method="probability of improvement",
        answers=OTHER_SEEDS,
        n=len(a) + len(b),
        unit="seeds",
    )


@dataclass(frozen=True)
class Dominance:
    """Almost stochastic order of left over right.

    Attributes:
        violation: which share of the squared distance of both distributions is where left is worse: 0 if left is better
            at every quantile, 1 if it is worse at every one.
        bound: what the violation is at most, with the level asked for. Below 0.5 left is almost stochastically better;
            Ulmer, Hardmeier and Frellsen 2022 ask for 0.2.
        level: how sure the bound is.
    """

    violation: float
    bound: float
    level: float


def almost_stochastic_order(
    left: Sequence[float],
    right: Sequence[float],
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Dominance:
    """Whether left is almost stochastically better than right (del Barrio et al. 2018; Dror et al. 2019).

    Args:
        left, right: one score per seed; seeds need not be paired.
        level: of the bound.
        resamples: how many times seeds are drawn anew for the bound.
        seed: decides the draws.

    Raises:
        CannotConclude: fewer than five seeds on a side, values that are not finite, or ties everywhere.
    """
    a, b = (np.array(side) for side in _sides(left, right))
    violation = _violation(a, b)
    generator = np.random.default_rng(seed)
    redrawn = [_violation(generator.choice(a, len(a)), generator.choice(b, len(b))) for _ in range(resamples)]
    bound = violation + normal_quantile(level) * float(np.std(redrawn))
    return Dominance(violation, min(1.0, bound), level)


def _sides(left: Sequence[float], right: Sequence[float]) -> tuple[list[float], list[float]]:
    a, b = finite(left, SEEDS, least=LEAST_SEEDS), finite(right, SEEDS, least=LEAST_SEEDS)
    if len({*a, *b}) == 1:
        raise CannotConclude("all seeds of both sides are ties, so neither can be better")
    return a, b


def _violation(a: Floats, b: Floats) -> float:
    """The share of the squared distance of two quantile functions where that of a is below that of b."""
    a, b = np.sort(a), np.sort(b)
    steps = np.unique(np.concatenate([np.arange(len(a) + 1) / len(a), np.arange(len(b) + 1) / len(b)]))
    middles = (steps[1:] + steps[:-1]) / 2
    distances = a[(middles * len(a)).astype(int)] - b[(middles * len(b)).astype(int)]
    squares = distances**2 * np.diff(steps)
    whole = float(squares.sum())
    return float(squares[distances < 0].sum()) / whole if whole and math.isfinite(whole) else 0.5
