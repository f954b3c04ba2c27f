"""Sign-flip tests: were the two sides as likely to be the other way round?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from harness.statistics.intervals import OTHER_ITEMS, Test
from harness.statistics.pairs import difference, paired, swap_changes
from harness.statistics.parts import Combine, Floats, Part, mean
from harness.statistics.refusal import CannotConclude, finite
from harness.statistics.resampling import all_flipped_sums, flipped_sums

FLIPS = 10_000
ENOUGH = 10
"""Draws as far from zero as the data that say how likely they are; where there are fewer, more are drawn."""
TIMES = 10
"""How many times as many are drawn then: p goes down to 0.00001, so that one in a family of 5,000 can be told."""
ENUMERATED = 13
"""Differences up to which all signs are gone through; their 8,192 sets are fewer than the flips that would be drawn."""
ROUNDING = 1e-9
"""Share of a statistic by which sums in another order may differ."""


def sign_flips(
    differences: Iterable[float],
    *,
    answers: str,
    unit: str = "items",
    flips: int = FLIPS,
    seed: int = 0,
) -> Test:
    """Whether the mean of differences is farther from zero than with random signs (Fisher 1935).

    All signs are gone through where there are at most 13 differences other than zero; else `flips` are drawn, ten times
    as many where fewer than ten of them are as far out as the data (Besag and Clifford 1991). The data count as one of
    them, so that p is never zero (Phipson and Smyth 2010): 0.00001 at the least.

    Args:
        differences: one per unit, such as one per seed.
        answers: the question that the test answers.
        unit: what differences are of, in the plural.
        flips: how many are drawn at first where not all are gone through.
        seed: decides the draws.

    Raises:
        CannotConclude: no differences, some that are not finite, or all zero.
    """
    found = np.array(finite(differences, unit))
    statistic = float(found.mean())
    changed = found[found != 0]
    if not len(changed):
        raise CannotConclude(f"all {unit} are ties, so a test has nothing to compare")
    exact = len(changed) <= ENUMERATED
    generator = np.random.default_rng(seed)

    def null() -> Floats:
        table = changed[:, None]
        heads = (all_flipped_sums(table) if exact else flipped_sums(table, flips, generator))[:, 0]
        return np.asarray((changed.sum() - 2 * heads) / len(found))

    return Test(
        p=_p(null, statistic, exact=exact),
        statistic=statistic,
        method=_method(exact=exact),
        answers=answers,
        n=len(found),
        unit=unit,
    )


def permuted_gain(
    left: Sequence[Part],
    right: Sequence[Part],
    combine: Combine = mean,
    *,
    flips: int = FLIPS,
    seed: int = 0,
) -> Test:
    """Whether the gain of left over right is larger than if the answers to each item were swapped at random.

    For any score that is made from sums: an approximate randomization test (Noreen 1989; for F-scores Yeh 2000). A unit
    is swapped in all parts of its population at once. Draws are as many as of `sign_flips`.

    Args:
        left, right: parts of the two sides, paired as in `joint_gain`.
        combine: from scores (samples, parts) of a side to numbers (samples,).
        flips: how many swaps are drawn at first where there are more than 13 units that differ.
        seed: decides the draws.

    Raises:
        CannotConclude: no items, numbers that are not finite, or both sides alike on every item.
        ValueError: sides that cannot be paired.
    """
    parts = paired(left, right)
    gain = difference(len(left), combine)
    changes = [swap_changes(population, len(left)) for population in parts.populations]
    differing = [change[(change != 0).any(axis=1)] for change in changes]
    n = sum(len(change) for change in differing)
    if not n:
        raise CannotConclude("both sides are alike on every item, so a test has nothing to compare")
    exact = n <= ENUMERATED
    generator = np.random.default_rng(seed)
    ends = np.cumsum([len(change) for change in differing])
    scores = np.empty((2**n if exact else flips, len(parts.parts)))

    def null() -> Floats:
        for population, change, end in zip(parts.populations, differing, ends.tolist(), strict=True):
            if exact:
                # Units of all populations are flipped in all combinations; each population sees its own columns.
                padded = np.zeros((n, change.shape[1]))
                padded[end - len(change) : end] = change
                moved = all_flipped_sums(padded)
            else:
                moved = flipped_sums(change, flips, generator) if len(change) else np.zeros((flips, change.shape[1]))
            parts.scores(population, population.table.sum(axis=0) + moved, scores)
        return gain(scores)

    statistic = float(gain(parts.whole())[0])
    return Test(
        p=_p(null, statistic, exact=exact),
        statistic=statistic,
        method=_method(exact=exact),
        answers=OTHER_ITEMS,
        n=n,
        unit="items that differ",
    )


def _p(null: Callable[[], Floats], statistic: float, *, exact: bool) -> float:
    """From what draws the statistic without a difference, as many times as are needed, or gives all there are."""

    def as_far(drawn: Floats) -> int:
        return int(np.sum(np.abs(drawn) >= abs(statistic) * (1 - ROUNDING)))

    first = null()
    found, draws = as_far(first), len(first)
    if exact:
        return found / draws
    if found >= ENOUGH:
        return (found + 1) / (draws + 1)
    found += sum(as_far(null()) for _ in range(TIMES - 1))
    return (found + 1) / (TIMES * draws + 1)


def _method(*, exact: bool) -> str:
    return "sign flips, all of them" if exact else "sign flips"
