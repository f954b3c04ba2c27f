"""Which ranks the systems of a board can have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from harness.statistics.intervals import Test
from harness.statistics.multiple import holm
from harness.statistics.refusal import CannotConclude, finite
from harness.statistics.seeds import ALPHA, paired_t


@dataclass(frozen=True)
class Ranks:
    """The ranks that one system can have, 1 being the best.

    Attributes:
        best: one more than how many systems are better for sure.
        worst: the number of systems, less how many are worse for sure.
    """

    best: int
    worst: int


def rank_intervals(systems: int, test: Callable[[int, int], tuple[float, Test]]) -> tuple[Ranks, ...]:
    """The ranks of all systems at once, from tests of all pairs, corrected by Holm (Mogstad et al. 2024).

    In at most 5 % of such boards is any system's true rank outside of its interval.

    Args:
        systems: how many there are.
        test: of two systems by their places, the difference of the first and the second, and its two-sided test. Where
            a pair cannot be told apart (`CannotConclude`) it is not.

    Raises:
        CannotConclude: fewer than two systems.
    """
    if systems < 2:
        raise CannotConclude("ranks need two systems or more")
    pairs = list(combinations(range(systems), 2))
    found = [_tested(test, *pair) for pair in pairs]
    corrected = holm([p for _, p in found]).p
    best, worst = [1] * systems, [systems] * systems
    for (one, other), (difference, _), p in zip(pairs, found, corrected, strict=True):
        if p <= ALPHA and difference:
            higher, lower = (one, other) if difference > 0 else (other, one)
            best[lower] += 1
            worst[higher] -= 1
    return tuple(Ranks(*ends) for ends in zip(best, worst, strict=True))


def ranks_over_seeds(scores: Sequence[Sequence[float]]) -> tuple[Ranks, ...]:
    """The ranks of systems that were scored with the same seeds, by paired t tests.

    Args:
        scores: of each system, one score per seed, in one order of seeds.

    Raises:
        CannotConclude, ValueError: as of `ranked_scores`.
    """
    found = ranked_scores(scores)

    def test(one: int, other: int) -> tuple[float, Test]:
        differences = [a - b for a, b in zip(found[one], found[other], strict=True)]
        return sum(differences) / len(differences), paired_t(differences)

    return rank_intervals(len(found), test)


def ranked_scores(scores: Sequence[Sequence[float]]) -> list[list[float]]:
    """Scores of systems that can be ranked over seeds.

    Raises:
        CannotConclude: fewer than two systems, fewer than two seeds, or scores that are not finite.
        ValueError: systems with other numbers of seeds.
    """
    if len(scores) < 2:
        raise CannotConclude("ranks need two systems or more")
    if len({len(of) for of in scores}) > 1:
        raise ValueError("systems are ranked over the same seeds, and these have other numbers of them")
    if len(scores[0]) < 2:
        raise CannotConclude("ranks over seeds need two seeds or more")
    return [finite(of, "seeds") for of in scores]


def _tested(test: Callable[[int, int], tuple[float, Test]], one: int, other: int) -> tuple[float, float]:
    try:
        difference, result = test(one, other)
    except CannotConclude:
        return 0.0, 1.0
    return difference, result.p
