"""Tests over seeds: one value or one difference per seed, each a mean over whatever a seed scored."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from harness.statistics.distributions import t_tails, t_upper_tail
from harness.statistics.intervals import OTHER_SEEDS, Test, welch
from harness.statistics.permutation import sign_flips
from harness.statistics.refusal import CannotConclude, finite, positive_margin, varied

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
    found, error = _spread(differences)
    statistic = fmean(found) / error
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


def equivalence(differences: Sequence[float], margin: float) -> Test:
    """Whether the mean difference over seeds lies within a margin: two one-sided t tests (TOST, Schuirmann 1987).

    Args:
        differences: one per seed that both sides have.
        margin: below which a difference counts as none, in the same unit, stated before looking.

    Raises:
        CannotConclude: as of `paired_t`, or a margin that is not positive.
    """
    found, error = _spread(differences)
    least = (positive_margin(margin) - abs(fmean(found))) / error
    return _test(t_upper_tail(least, len(found) - 1), least, f"tost within {margin:g}", len(found), two_sided=False)


def non_inferiority(differences: Sequence[float], margin: float) -> Test:
    """Whether the mean difference over seeds is above minus a margin: one one-sided t test (ICH E9, 1998).

    Args and errors are those of `equivalence`.
    """
    found, error = _spread(differences)
    statistic = (fmean(found) + positive_margin(margin)) / error
    p = t_upper_tail(statistic, len(found) - 1)
    return _test(p, statistic, f"non-inferiority by {margin:g}", len(found), two_sided=False)


def _spread(differences: Sequence[float]) -> tuple[list[float], float]:
    """The differences and the standard error of their mean."""
    found = varied(differences, "seeds")
    return found, stdev(found) / math.sqrt(len(found))


def _test(p: float, statistic: float, method: str, n: int, *, two_sided: bool = True) -> Test:
    return Test(p=p, statistic=statistic, method=method, answers=OTHER_SEEDS, n=n, unit="seeds", two_sided=two_sided)
