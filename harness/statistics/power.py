"""How many seeds or items it takes to know a mean within a margin, given what was observed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import stdev

from harness.statistics.distributions import chi_square_quantile, t_quantile
from harness.statistics.intervals import OTHER_SEEDS, Interval
from harness.statistics.refusal import CannotConclude, finite, positive_margin

MOST = 10_000
"""Seeds beyond which nobody counts: `MORE` stands for any greater number of them."""
MORE = MOST + 1


@dataclass(frozen=True)
class Needed:
    """How many it takes, which is as uncertain as the spread that was observed; of seeds, `MORE` if more than `MOST`.

    Attributes:
        least: if the true spread is at the lower end of its interval.
        likely: if it is what was observed.
        most: if it is at the upper end.
        unit: "seeds" or "items".
        margin: half the width of the interval that is wanted, in the unit of the scores.
    """

    least: int
    likely: int
    most: int
    unit: str
    margin: float


def spread_interval(values: Sequence[float], level: float = 0.95) -> Interval:
    """Interval of the standard deviation over seeds, by chi-square (Snedecor and Cochran 1989).

    Three seeds know it within a factor of 0.52 to 6.3, five within 0.6 to 2.9, ten within 0.69 to 1.8.

    Args:
        values: one per seed, or one difference per seed.
        level: confidence level between 0 and 1.

    Raises:
        CannotConclude: fewer than two seeds, values that are not finite, or the same value in every seed.
    """
    found = finite(values, "seeds", least=2)
    spread, degrees = stdev(found), len(found) - 1
    if spread <= 1e-12 * max(abs(value) for value in found):
        raise CannotConclude("all seeds give the same value, so nothing can be said about how they spread")
    low, high = (
        spread * math.sqrt(degrees / chi_square_quantile(p, degrees)) for p in (0.5 + level / 2, 0.5 - level / 2)
    )
    return Interval(low=low, high=high, level=level, method="chi-square", answers=OTHER_SEEDS)


def seeds_needed(values: Sequence[float], margin: float = 1.0, level: float = 0.95) -> Needed:
    """How many seeds make Student's t interval of the mean at most as wide as plus or minus a margin.

    To find a difference as large as the margin with 80 % power takes about twice as many.

    Args:
        values: one score per seed, or one difference per paired seed.
        margin: in the same unit.
        level: of the interval.

    Raises:
        CannotConclude: as of `spread_interval`, or a margin that is not positive.
    """
    positive_margin(margin)
    spread = spread_interval(values, level)
    spreads = (spread.low, stdev([float(value) for value in values]), spread.high)
    least, likely, most = (_seeds(of / margin, level) for of in spreads)
    return Needed(least, likely, most, "seeds", margin)


def items_needed(interval: Interval, items: int, margin: float = 1.0) -> Needed:
    """How many items make an interval over items at most as wide as plus or minus a margin.

    The width shrinks with the root of the number of items (Card et al. 2020; Miller 2024).

    Args:
        interval: of a score or a gain over other items.
        items: what it is of; passages, where items share them.
        margin: in the unit of the interval.

    Raises:
        CannotConclude: fewer than two items, or a margin that is not positive.
    """
    positive_margin(margin)
    if items < 2:
        raise CannotConclude("one item, or one passage, says nothing about how many are needed")
    likely = items * ((interval.high - interval.low) / 2 / margin) ** 2
    ends = (
        chi_square_quantile(p, items - 1) / (items - 1) for p in (0.5 + interval.level / 2, 0.5 - interval.level / 2)
    )
    least, most = (math.ceil(likely / end) for end in ends)
    return Needed(least, math.ceil(likely), most, "items", margin)


def _seeds(spread: float, level: float) -> int:
    """The fewest seeds, given the spread in margins; `MORE` if they are more than `MOST`."""
    if not _enough(MOST, spread, level):
        return MORE
    low, high = 1, MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _enough(middle, spread, level) else (middle, high)
    return high


def _enough(seeds: int, spread: float, level: float) -> bool:
    return t_quantile(0.5 + level / 2, seeds - 1) * spread <= math.sqrt(seeds)
