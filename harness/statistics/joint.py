"""Bootstrap intervals of anything made from several scores: a mean over languages, a gain, a transfer gap.

Resampling never touches predictions: a unit is a row of sums, so one resample is a weighted sum of rows. Units are
drawn jointly where languages share them, which is what makes the interval of a mean over parallel languages honest:
taken as independent, fifteen translations of one item would count as fifteen items (Miller 2024, arXiv 2411.00640, on
clustered questions).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.statistics.distributions import normal_quantile, normal_share, t_quantile
from harness.statistics.intervals import OTHER_ITEMS, Interval
from harness.statistics.parts import Combine, Floats, Part, Parts, mean
from harness.statistics.refusal import CannotConclude
from harness.statistics.resampling import redrawn_sums

RESAMPLES = 1000
MOST_LEFT_OUT = 0.05
"""Share of resamples that may leave a part without items."""


def joint_interval(
    parts: Sequence[Part],
    combine: Combine = mean,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
    method: str = "bootstrap",
) -> Interval:
    """Interval of what several scores of one checkpoint make, over other items like these.

    Bias-corrected and accelerated percentiles (Efron 1987; for several populations Davison and Hinkley 1997, section
    5.3), expanded by Student's t, without which the bootstrap is too narrow for few units (Hesterberg 2015, "What
    teachers should know about the bootstrap").

    Args:
        parts: one per score.
        combine: from scores (samples, parts) to numbers (samples,); the mean over parts if not said.
        level: confidence level between 0 and 1.
        resamples: how many times units are drawn anew.
        seed: decides the draws; equal seeds give equal intervals.
        method: how the interval is to call itself.

    Raises:
        CannotConclude: no items, one unit alone, numbers that are not finite, or all units alike.
        ValueError: arrays that do not fit together.
    """
    sorted_parts = Parts.of(parts)
    influence = _influence(sorted_parts, combine)
    replicates = _replicates(sorted_parts, combine, resamples, seed)
    estimate = float(combine(sorted_parts.whole())[0])
    low, high = _corrected_percentiles(estimate, replicates, influence, level)
    return Interval(low=low, high=high, level=level, method=method, answers=OTHER_ITEMS)


def joint_gain(
    left: Sequence[Part],
    right: Sequence[Part],
    combine: Combine = mean,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Interval of left minus right, both made from the same redrawn items.

    Args are those of `joint_interval`; parts of the two sides are paired by their units, item by item where they have
    none.

    Raises:
        CannotConclude: as of `joint_interval`, or items that only one side has.
        ValueError: sides of different parts, or arrays that do not fit together.
    """
    both, gain = paired_parts(left, right), difference(len(left), combine)
    check_paired(Parts.of(both), len(left))
    return joint_interval(both, gain, level=level, resamples=resamples, seed=seed, method="paired bootstrap")


def difference(parts: int, combine: Combine) -> Combine:
    """What the first parts make minus what as many further parts make."""
    return lambda scores: combine(scores[:, :parts]) - combine(scores[:, parts:])


def paired_parts(left: Sequence[Part], right: Sequence[Part]) -> list[Part]:
    """The parts of two sides, item by item in one population where they do not say what theirs is.

    Raises:
        ValueError: the sides do not have as many parts and, where parts have no units, as many items in each.
    """
    if len(left) != len(right):
        raise ValueError(f"{len(left)} and {len(right)} scores cannot be paired")
    sides: tuple[list[Part], list[Part]] = ([], [])
    for place, pair in enumerate(zip(left, right, strict=True)):
        shapes = [np.shape(part.statistics) for part in pair]
        if shapes[0] != shapes[1]:
            raise ValueError(f"paired statistics differ in shape: {shapes[0]} and {shapes[1]}")
        if [part.units is None for part in pair] != [pair[0].units is None] * 2 or pair[0].population != pair[
            1
        ].population:
            raise ValueError("paired scores are of one population, and either both or neither say their units")
        for side, part in zip(sides, pair, strict=True):
            by_place = Part(
                statistics=part.statistics, value=part.value, units=range(shapes[0][0]), population=("place", place)
            )
            side.append(by_place if part.units is None else part)
    return [*sides[0], *sides[1]]


def check_paired(parts: Parts, of_a_side: int) -> None:
    """See that both sides have the same items in each unit.

    Raises:
        CannotConclude: they do not.
    """
    for population in parts.populations:
        for place in population.columns.keys() & range(of_a_side):
            mine, theirs = (population.table[:, population.columns[side][1]] for side in (place, place + of_a_side))
            if not np.array_equal(mine, theirs):
                raise CannotConclude("the two sides are not of the same items, so they cannot be paired")


@dataclass(frozen=True)
class _Influence:
    """What leaving units out changes.

    Attributes:
        skew: the acceleration: a sixth of the skewness of what single units change.
        degrees: effective degrees of freedom of the standard error.
        widening: by which factor resampling n of n units makes standard errors too small.
    """

    skew: float
    degrees: float
    widening: float


def _influence(parts: Parts, combine: Combine) -> _Influence:
    squares = cubes = unbiased = per_degree = 0.0
    whole = parts.whole()
    for population in parts.populations:
        table = population.table
        m = len(table)
        if m < 2:
            raise CannotConclude("one item, or one passage, says nothing about others")
        rows, counts = np.unique(table, axis=0, return_counts=True)
        scores = np.repeat(whole, len(rows), axis=0)
        parts.scores(population, table.sum(axis=0) - rows, scores)
        left_out = combine(scores)
        known = ~np.isnan(left_out)
        left_out, counts = left_out[known], counts[known]
        change = np.average(left_out, weights=counts) - left_out
        square = float(counts @ change**2)
        squares += square
        cubes += float(counts @ change**3)
        unbiased += square * m / (m - 1)
        per_degree += square**2 / (m - 1)
    if squares <= 1e-20 * max(1.0, float(np.abs(whole).max()) ** 2):
        raise CannotConclude("all items count alike, so nothing can be said about others that might not")
    return _Influence(cubes / (6 * squares**1.5), squares**2 / per_degree, math.sqrt(unbiased / squares))


def _replicates(parts: Parts, combine: Combine, resamples: int, seed: int) -> Floats:
    generator = np.random.default_rng(seed)
    scores = np.empty((resamples, len(parts.parts)))
    for population in parts.populations:
        parts.scores(population, redrawn_sums(population.table, resamples, generator), scores)
    replicates = combine(scores[~np.isnan(scores).any(axis=1)])
    if len(replicates) < (1 - MOST_LEFT_OUT) * resamples:
        raise CannotConclude("some scores are of so few items that drawing anew often leaves none of them")
    return replicates


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
