"""Wilcoxon's signed-rank test: do differences lean to one side, by their order alone?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from harness.statistics.intervals import Test
from harness.statistics.refusal import CannotConclude, finite
from harness.statistics.ties import levelled


def signed_ranks(differences: Iterable[float], *, answers: str, unit: str) -> Test:
    """Whether ranks of differences above zero outweigh those below (Wilcoxon 1945), two-sided, by all signs.

    Zeros are left out, and ties share their mean rank, also such as differ by rounding.

    Args:
        differences: one per unit.
        answers: the question that the test answers.
        unit: what differences are of, in the plural.

    Returns:
        The test; its statistic is the sum of the ranks of differences above zero.

    Raises:
        CannotConclude: no differences, some that are not finite, or all zero.
    """
    found = finite(differences, unit)
    sizes = levelled([0.0, *map(abs, found)])[1:]
    counts = Counter(size for size in sizes if size)
    if not counts:
        raise CannotConclude(f"all {unit} are ties, so a test has nothing to compare")
    doubled: dict[float, int] = {}
    before = 0
    for size, count in sorted(counts.items()):
        # Twice the mean rank of those that tie, so that it is whole.
        doubled[size] = 2 * before + count + 1
        before += count
    ways = Counter({0: 1})
    for size in counts.elements():
        for total, count in list(ways.items()):
            ways[total + doubled[size]] += count
    above = sum(doubled[size] for size, one in zip(sizes, found, strict=True) if size and one > 0)
    least = min(above, sum(doubled[size] * count for size, count in counts.items()) - above)
    tail = sum(count for total, count in ways.items() if total <= least)
    return Test(
        p=min(1.0, tail / 2 ** (before - 1)),
        statistic=above / 2,
        method="signed ranks, exact",
        answers=answers,
        n=before,
        unit=unit,
    )
