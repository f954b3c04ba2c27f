"""How many seeds or items it takes to know a mean within a margin, or to answer, given what was observed."""

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
        margin: what is to be known, in the unit of the scores: half the width of the interval that is wanted, or how
            large a difference the answer is about.
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
    if max(found) - min(found) <= 1e-12 * max(map(abs, found)):
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
    return _needed(values, margin, level, (0.5 + level / 2,))


def seeds_to_answer(
    values: Sequence[float], margin: float, level: float = 0.95, *, two_sided: bool, power: float = 0.8
) -> Needed:
    """How many seeds make it likely that an interval lies within a margin, if there is truly no difference.

    By then it is at least as likely that a difference as large as the margin is found. One in between may take more
    seeds than either, and one of exactly the margin is never within it.

    Args:
        values: one difference per paired seed.
        margin: in the same unit.
        level: of the interval.
        two_sided: whether both ends must be within the margin (equivalence), or one (non-inferiority, or of a gain
            non-superiority).
        power: how likely.

    Raises:
        CannotConclude: as of `seeds_needed`.
    """
    return _needed(values, margin, level, (0.5 + level / 2, 0.5 + power / 2 if two_sided else power))


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


def _needed(values: Sequence[float], margin: float, level: float, shares: Sequence[float]) -> Needed:
    """The seeds with which as many standard errors as these shares are below fit into a margin."""
    positive_margin(margin)
    spread = spread_interval(values, level)
    spreads = (spread.low, stdev([float(value) for value in values]), spread.high)
    least, likely, most = (_seeds(of / margin, shares) for of in spreads)
    return Needed(least, likely, most, "seeds", margin)


def _seeds(spread: float, shares: Sequence[float]) -> int:
    """The fewest seeds, given the spread in margins; `MORE` if they are more than `MOST`."""
    if not _enough(MOST, spread, shares):
        return MORE
    low, high = 1, MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _enough(middle, spread, shares) else (middle, high)
    return high


def _enough(seeds: int, spread: float, shares: Sequence[float]) -> bool:
    return sum(t_quantile(share, seeds - 1) for share in shares) * spread <= math.sqrt(seeds)
