"""Bootstrap intervals of anything made from several scores: a mean over languages, a gain, a transfer gap.

Resampling never touches predictions: a unit is a row of sums, so one resample is a weighted sum of rows. Units are
drawn jointly where languages share them, which is what makes the interval of a mean over parallel languages honest:
taken as independent, fifteen translations of one item would count as fifteen items (Miller 2024, arXiv 2411.00640, on
clustered questions).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.statistics.distributions import normal_quantile, normal_share, t_quantile
from harness.statistics.intervals import OTHER_ITEMS, Interval
from harness.statistics.pairs import difference, paired, swap_changes
from harness.statistics.parts import Combine, Floats, Part, Parts, Population, mean
from harness.statistics.refusal import CannotConclude
from harness.statistics.resampling import redrawn_sums

RESAMPLES = 1000
ROUNDING = 1e-9
FEW = 12
"""Units that differ below which the largest change is taken for usual."""
MOST_LEFT_OUT = 0.05
"""Share of resamples that may leave a part without items."""


class AllAlike(CannotConclude):
    """No unit counts otherwise than the others, so that only bounds can tell how much others might."""


def joint_interval(
    parts: Sequence[Part],
    combine: Combine = mean,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
    bounds: tuple[float, float] | None = None,
) -> Interval:
    """Interval of what several scores of one checkpoint make, over other items like these.

    Bias-corrected and accelerated percentiles (Efron 1987; for several populations Davison and Hinkley 1997), expanded
    by Student's t, without which the bootstrap is too narrow for few units (Hesterberg 2015, "What teachers should know
    about the bootstrap").

    Args:
        parts: one per score.
        combine: from scores (samples, parts) to numbers (samples,); the mean over parts if not said.
        level: confidence level between 0 and 1.
        resamples: how many times units are drawn anew.
        seed: decides the draws; equal seeds give equal intervals.
        bounds: the least and the greatest that the result can be, for the case that all units count alike, as where
            all answers are wrong. The interval is then what it would be if the units that so many draws can miss were
            all at a bound. Without bounds nothing is said.

    Raises:
        CannotConclude: no items, numbers that are not finite; without bounds also one unit alone, or all units alike
            (`AllAlike`).
        ValueError: arrays that do not fit together.
    """
    low, high = _bounds_of(Parts.of(parts), combine, level, resamples, seed, bounds)
    return Interval(low=low, high=high, level=level, method="bootstrap", answers=OTHER_ITEMS)


def joint_gain(
    left: Sequence[Part],
    right: Sequence[Part],
    combine: Combine = mean,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
    bounds: tuple[float, float] | None = None,
) -> Interval:
    """Interval of left minus right, both made from the same redrawn items.

    A unit whose change is as large as is usual among those that changed, or the largest where they are few, is added to
    those drawn from, and once more with its sides swapped: Bonett and Price's adjustment of paired shares (2012), for
    any sums. Without it, intervals of gains that few units make would be too narrow, and three units of one sign would
    exclude zero.

    Args are those of `joint_interval`; parts of the two sides are paired by their units, item by item where they have
    none.

    Raises:
        CannotConclude: as of `joint_interval`, or items that only one side has.
        ValueError: sides of different parts, or arrays that do not fit together.
    """
    both, gain = paired(left, right), difference(len(left), combine)
    adjusted = Parts(
        both.parts, tuple(_adjusted(both, place, gain, len(left)) for place in range(len(both.populations)))
    )
    low, high = _bounds_of(adjusted, gain, level, resamples, seed, bounds)
    return Interval(low=low, high=high, level=level, method="paired bootstrap", answers=OTHER_ITEMS)


def jackknife_error(parts: Parts, combine: Combine) -> tuple[float, float]:
    """Standard error of what several scores make over other items, and its degrees of freedom (Tukey 1958).

    Raises:
        CannotConclude: one unit alone, or all units alike.
    """
    influence = _influence(parts, combine)
    return influence.error, influence.degrees


def redrawn_scores(parts: Parts, *, resamples: int = RESAMPLES, seed: int = 0) -> Floats:
    """Scores of as many units drawn with replacement as there are, (samples, parts); nan of a part left without items.

    Args:
        parts: one per score.
        resamples: how many times units are drawn.
        seed: decides the draws.

    Raises:
        CannotConclude: too many samples leave a part without items.
    """
    generator = np.random.default_rng(seed)
    scores = np.empty((resamples, len(parts.parts)))
    for population in parts.populations:
        parts.scores(population, redrawn_sums(population.table, resamples, generator), scores)
    if np.isnan(scores).any(axis=1).mean() > MOST_LEFT_OUT:
        raise CannotConclude("some scores are of so few items that drawing anew often leaves none of them")
    return scores


def _adjusted(parts: Parts, place: int, gain: Combine, of_a_side: int) -> Population:
    """A population with one more unit that differs to either side."""
    population = parts.populations[place]
    table, changes = population.table, swap_changes(population, of_a_side)
    whole = parts.whole()
    scores = np.repeat(whole, len(table), axis=0)
    parts.scores(population, table.sum(axis=0) + changes, scores)
    effects = np.abs(gain(scores) - gain(whole))
    if not (differing := np.flatnonzero(effects > ROUNDING)).size:
        return population
    found = effects[differing]
    # As large as their root mean square, k units and these two have (k + 2) / k times the variance, as of shares.
    size = found.max() if len(found) < FEW else np.sqrt(np.mean(found**2))
    typical = differing[np.argmin(np.abs(found - size))]
    added = np.stack([table[typical], table[typical] + changes[typical]])
    return Population(np.vstack([table, added]), population.columns)


def _bounds_of(
    parts: Parts, combine: Combine, level: float, resamples: int, seed: int, bounds: tuple[float, float] | None
) -> tuple[float, float]:
    estimate = float(combine(parts.whole())[0])
    try:
        influence = _influence(parts, combine)
    except AllAlike:
        if bounds is None:
            raise
        return _all_alike(estimate, min(len(population.table) for population in parts.populations), bounds, level)
    scores = redrawn_scores(parts, resamples=resamples, seed=seed)
    return _corrected_percentiles(estimate, combine(scores[~np.isnan(scores).any(axis=1)]), influence, level)


@dataclass(frozen=True)
class _Influence:
    """What leaving units out changes.

    Attributes:
        skew: the acceleration: a sixth of the skewness of what single units change.
        degrees: effective degrees of freedom of the standard error.
        widening: by which factor resampling n of n units makes standard errors too small.
        error: the standard error.
    """

    skew: float
    degrees: float
    widening: float
    error: float


def _influence(parts: Parts, combine: Combine) -> _Influence:
    squares = cubes = unbiased = per_degree = of_error = 0.0
    for change, counts, m in left_out_changes(parts, combine):
        square = float(counts @ change**2)
        squares += square
        cubes += float(counts @ change**3)
        unbiased += square * m / (m - 1)
        of_error += square * (m - 1) / m
        per_degree += square**2 / (m - 1)
    check_unlike(squares, parts.whole())
    error = math.sqrt(of_error)
    return _Influence(cubes / (6 * squares**1.5), squares**2 / per_degree, math.sqrt(unbiased / squares), error)


def left_out_changes(parts: Parts, combine: Combine) -> Iterator[tuple[Floats, npt.NDArray[np.int64], int]]:
    """What leaving single units out changes, by population.

    Args:
        combine: from scores (samples, parts) to numbers (samples,), or several (samples, k).

    Yields:
        Of units that count alike the change of each number, from its mean over units, (rows,) or (rows, k); how many
        units there are of each row; and how many in all.

    Raises:
        CannotConclude: a population has one unit alone.
    """
    whole = parts.whole()
    for population in parts.populations:
        table = population.table
        m = len(table)
        check_several(m)
        rows, counts = np.unique(table, axis=0, return_counts=True)
        scores = np.repeat(whole, len(rows), axis=0)
        parts.scores(population, table.sum(axis=0) - rows, scores)
        left_out = combine(scores)
        known = ~np.isnan(left_out) if left_out.ndim == 1 else ~np.isnan(left_out).any(axis=1)
        if not known.any():
            raise CannotConclude("some scores are of one item, or one passage, which says nothing about others")
        left_out, counts = left_out[known], counts[known]
        yield np.average(left_out, axis=0, weights=counts) - left_out, counts, m


def check_several(units: int) -> None:
    """Refuse a single unit.

    Raises:
        AllAlike: there is no other.
    """
    if units < 2:
        raise AllAlike("one item, or one passage, says nothing about others")


def check_unlike(squares: float, scores: Floats) -> None:
    """Refuse units that all count alike, by the sum of the squares of what leaving them out changes.

    Raises:
        AllAlike: they do.
    """
    if squares <= 1e-20 * max(1.0, float(np.abs(scores).max()) ** 2):
        raise AllAlike("all items count alike, so nothing can be said about others that might not")


def _all_alike(estimate: float, units: int, bounds: tuple[float, float], level: float) -> tuple[float, float]:
    """Where none of so many units counts otherwise, the exact bound of how many others may (Clopper, Pearson 1934)."""
    missed = 1 - ((1 - level) / 2) ** (1 / units)
    return estimate - missed * (estimate - bounds[0]), estimate + missed * (bounds[1] - estimate)


def _corrected_percentiles(
    estimate: float, replicates: Floats, influence: _Influence, level: float
) -> tuple[float, float]:
    below = float(np.mean(replicates < estimate) + np.mean(replicates == estimate) / 2)
    # Half a resample from either end: a bias that no resample bounds would put the interval beyond all of them.
    edge = 0.5 / len(replicates)
    bias = normal_quantile(min(max(below, edge), 1 - edge))
    reach = influence.widening * t_quantile(0.5 + level / 2, max(1.0, influence.degrees))
    shares = []
    for z in (bias - reach, bias + reach):
        tilt = 1 - influence.skew * z
        shares.append(normal_share(bias + z / tilt) if tilt > 0 else float(z > 0))
    low, high = np.quantile(replicates, shares)
    return float(low), float(high)
