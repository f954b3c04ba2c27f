"""Intervals that need no resampling: shares of right items, and means of a few seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

OTHER_ITEMS = "this checkpoint on other items like these"
OTHER_SEEDS = "this recipe with other seeds"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A confidence interval of a score or of a difference of scores.

    Attributes:
        low: lower bound, in the unit of the score (percent for metrics).
        high: upper bound.
        level: share of such intervals that hold the true value, such as 0.95.
        method: how it was computed: "wilson", "t", "bootstrap" or "paired bootstrap".
        answers: the question it answers, that is, what would be drawn anew.
    """

    low: float
    high: float
    level: float
    method: str
    answers: str


def wilson(successes: float, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval of a share, in percent (Wilson 1927).

    Args:
        successes: number of right items.
        n: number of items.
        level: confidence level between 0 and 1.

    Raises:
        ValueError: no items, or more right ones than items.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"{successes} of {n} items is not a share")
    z = normal_quantile(0.5 + level / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Rounding would miss the exact bounds by an ulp where all items are wrong or all are right.
    low = 0.0 if successes == 0 else 100 * (centre - half)
    high = 100.0 if successes == n else 100 * (centre + half)
    return Interval(low=low, high=high, level=level, method="wilson", answers=OTHER_ITEMS)


def t_interval(values: Sequence[float], level: float = 0.95) -> Interval:
    """Student's t interval of the mean of one score a seed, in the unit of the scores.

    For few seeds: percentile bootstraps of three to five values are too narrow.

    Raises:
        ValueError: fewer than two values, which say nothing about the spread.
    """
    n = len(values)
    if n < 2:
        raise ValueError(f"an interval over seeds needs two or more values, not {n}")
    half = t_quantile(0.5 + level / 2, n - 1) * stdev(values) / math.sqrt(n)
    mean = fmean(values)
    return Interval(low=mean - half, high=mean + half, level=level, method="t", answers=OTHER_SEEDS)


def normal_quantile(p: float) -> float:
    """The value below which a share p of a standard normal distribution lies."""
    return NormalDist().inv_cdf(p)


def t_quantile(p: float, degrees: int) -> float:
    """The value below which a share p of Student's t distribution lies.

    Args:
        p: between 0 and 1.
        degrees: degrees of freedom, 1 or more.
    """
    if not 0 < p < 1 or degrees < 1:
        raise ValueError(f"no t quantile for p={p} and {degrees} degrees of freedom")
    if p < 0.5:
        return -t_quantile(1 - p, degrees)
    # Bisect the angle atan(t / sqrt(degrees)), which is bounded where t is not, until doubles end.
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        if _central_share(middle, degrees) < 2 * p - 1:
            low = middle
        else:
            high = middle
    return math.sqrt(degrees) * math.tan(low)


def _central_share(angle: float, degrees: int) -> float:
    """P(|T| < sqrt(degrees) * tan(angle)): the finite series of Abramowitz and Stegun 26.7.3 and 26.7.4."""
    cos2 = math.cos(angle) ** 2
    odd = degrees % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for k in range(1 + odd, degrees, 2):
        total += term
        term *= cos2 * k / (k + 1)
    share = math.sin(angle) * total
    return (angle + share) * 2 / math.pi if odd else share
