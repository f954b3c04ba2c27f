"""What an interval and a test say, and the intervals of Student's t."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev, variance

from harness.statistics.distributions import t_quantile
from harness.statistics.refusal import CannotConclude, finite

OTHER_ITEMS = "this checkpoint on other items like these"
OTHER_SEEDS = "this recipe with other seeds"
OTHER_LANGUAGES = "other languages like these (exploratory: languages are not drawn at random)"
OTHER_ENCODERS = "other encoders like these (exploratory: encoders are not drawn at random)"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A confidence interval of a score or of a difference of scores.

    Attributes:
        low: lower bound, in the unit of the score (percent for metrics).
        high: upper bound.
        level: share of such intervals that hold the true value, such as 0.95.
        method: how it was computed, such as "wilson", "t", "bootstrap" or "paired bootstrap".
        answers: the question it answers, that is, what would be drawn anew.
    """

    low: float
    high: float
    level: float
    method: str
    answers: str

    def within(self, margin: float) -> bool:
        """Whether all of it is nearer to 0 than a margin."""
        return -margin < self.low and self.high < margin


@dataclass(frozen=True, kw_only=True)
class Test:
    """A test of no difference, to either side.

    Attributes:
        p: how likely data without the effect would give a statistic as far out as this.
        statistic: what the method compares, in the method's own unit: t, a count, or a difference in points.
        method: such as "paired t", "sign flips" or "mcnemar exact".
        answers: the question it answers, as of an `Interval`.
        n: how many seeds, items or discordant items it used.
        unit: what n counts.
    """

    __test__ = False  # pytest takes classes of this name for tests

    p: float
    statistic: float
    method: str
    answers: str
    n: int
    unit: str


def t_interval(values: Sequence[float], level: float = 0.95, *, answers: str = OTHER_SEEDS) -> Interval:
    """Student's t interval of the mean of one score per seed, or of one difference per seed (Student 1908).

    For few seeds: percentile bootstraps of three to five values are too narrow.

    Args:
        values: one per seed, in any unit.
        level: confidence level between 0 and 1.
        answers: what else the values are drawn from, if not seeds.

    Raises:
        CannotConclude: fewer than two values, which say nothing about the spread, or values that are not finite.
    """
    found = finite(values, "seeds", least=2)
    n = len(found)
    half = t_quantile(0.5 + level / 2, n - 1) * stdev(found) / math.sqrt(n)
    mean = fmean(found)
    return Interval(low=mean - half, high=mean + half, level=level, method="t", answers=answers)


@functools.lru_cache(maxsize=4096)
def spread_and_interval(values: tuple[float, ...], rounding: float) -> tuple[float, Interval | None]:
    """Standard deviation of values over seeds, and their t interval if it is more than `rounding`.

    Remembered, since comparisons ask for those of the same scores again and again.
    """
    spread = stdev(values)
    return spread, t_interval(values) if spread > rounding else None


@dataclass(frozen=True)
class Welch:
    """The difference of two means whose spreads may differ: its standard error and degrees of freedom."""

    difference: float
    error: float
    degrees: float


def welch(left: Sequence[float], right: Sequence[float]) -> Welch:
    """Mean of left minus mean of right, for seeds that are not paired (Welch 1947, Satterthwaite's degrees).

    Raises:
        CannotConclude: fewer than two seeds on a side, values that are not finite, or no spread on either side.
    """
    a, b = finite(left, "seeds on each side", least=2), finite(right, "seeds on each side", least=2)
    of_a, of_b = variance(a) / len(a), variance(b) / len(b)
    if not of_a + of_b:
        raise CannotConclude("all seeds give the same value, so nothing can be said about other seeds")
    degrees = (of_a + of_b) ** 2 / (of_a**2 / (len(a) - 1) + of_b**2 / (len(b) - 1))
    return Welch(fmean(a) - fmean(b), math.sqrt(of_a + of_b), degrees)


def welch_interval(left: Sequence[float], right: Sequence[float], level: float = 0.95) -> Interval:
    """Interval of the mean of left minus that of right, for seeds that are not paired (Welch 1947).

    Raises:
        CannotConclude: as of `welch`.
    """
    found = welch(left, right)
    half = t_quantile(0.5 + level / 2, found.degrees) * found.error
    return Interval(
        low=found.difference - half, high=found.difference + half, level=level, method="welch t", answers=OTHER_SEEDS
    )
