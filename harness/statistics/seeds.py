"""Tests over seeds: one value or one difference per seed, each a mean over whatever a seed scored."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from harness.statistics.distributions import t_tails
from harness.statistics.intervals import OTHER_SEEDS, Test, welch
from harness.statistics.permutation import sign_flips
from harness.statistics.refusal import CannotConclude, finite, varied

ALPHA = 0.05
"""Share of false claims that tests allow."""


def paired_t(differences: Sequence[float]) -> Test:
    """Whether the mean difference over seeds is zero: Student's paired t test (Student 1908).

    The primary test over seeds: it is exact for normal differences at any number of seeds from two.

    Args:
        differences: one per seed that both sides have, in any unit; means over languages are taken per seed first.

    Raises:
        CannotConclude: fewer than two seeds, differences that are not finite, or the same difference in every seed.
    """
    found = varied(differences, "seeds")
    statistic = fmean(found) / (stdev(found) / math.sqrt(len(found)))
    return _test(t_tails(statistic, len(found) - 1), statistic, "paired t", len(found))


def welch_t(left: Sequence[float], right: Sequence[float]) -> Test:
    """Whether two recipes whose seeds are not paired have one mean (Welch 1947).

    Raises:
        CannotConclude: as of `welch`.
    """
    found = welch(left, right)
    statistic = found.difference / found.error
    return _test(t_tails(statistic, found.degrees), statistic, "welch t", len(left) + len(right))


def flipped_seeds(differences: Sequence[float], *, comparisons: int = 1) -> Test:
    """Whether differences over seeds are as likely as with any signs: the exact sign-flip test (Fisher 1935).

    Args:
        differences: one per seed that both sides have.
        comparisons: of how many tests Holm's correction makes one family; more need more seeds.

    Raises:
        CannotConclude: so few seeds that no differences whatever could be significant, which is below six seeds, and
            below eight in a family of four; differences that are not finite or are all zero.
    """
    found = finite(differences, "seeds")
    needed = 2
    while 2 * comparisons / 2**needed > ALPHA:
        needed += 1
    if len(found) < needed:
        least = min(1.0, 2 * comparisons / 2 ** len(found))
        family = f" in a family of {comparisons} tests" if comparisons > 1 else ""
        raise CannotConclude(
            f"{len(found)} seeds can give no p-value below {least:.2g} by flipping signs{family}: it takes {needed} "
            "seeds, or a paired t test"
        )
    return sign_flips(found, answers=OTHER_SEEDS, unit="seeds")


def _test(p: float, statistic: float, method: str, n: int) -> Test:
    return Test(p=p, statistic=statistic, method=method, answers=OTHER_SEEDS, n=n, unit="seeds")
