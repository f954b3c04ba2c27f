"""Intervals of shares of right items, and tests of two checkpoints that are right or wrong on the same items."""

from __future__ import annotations

import math

from harness.statistics.distributions import beta_quantile, chi_square_tail, fair_coin_tails, normal_quantile
from harness.statistics.intervals import OTHER_ITEMS, Interval, Test
from harness.statistics.refusal import CannotConclude

EXACT_SHARE_BELOW = 10
"""Right items, or wrong ones, below which a share's interval is exact."""
EXACT_BELOW = 25
"""Discordant items below which McNemar's test is exact."""


def wilson(successes: float, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval of a share, in percent (Wilson 1927).

    Args:
        successes: number of right items.
        n: number of items.
        level: confidence level between 0 and 1.

    Raises:
        ValueError: no items, or more right ones than items.
    """
    _check(successes, n)
    z = normal_quantile(0.5 + level / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Rounding would miss the exact bounds by an ulp where all items are wrong or all are right.
    low = 0.0 if successes == 0 else 100 * (centre - half)
    high = 100.0 if successes == n else 100 * (centre + half)
    return Interval(low=low, high=high, level=level, method="wilson", answers=OTHER_ITEMS)


def clopper_pearson(successes: float, n: int, level: float = 0.95) -> Interval:
    """The exact interval of a share, in percent: at least the level, whatever the share (Clopper and Pearson 1934).

    Args and errors are those of `wilson`.
    """
    _check(successes, n)
    tail = (1 - level) / 2
    low = beta_quantile(tail, successes, n - successes + 1) if successes else 0.0
    high = beta_quantile(1 - tail, successes + 1, n - successes) if successes < n else 1.0
    return Interval(low=100 * low, high=100 * high, level=level, method="clopper-pearson", answers=OTHER_ITEMS)


def share_interval(successes: float, n: int, level: float = 0.95) -> Interval:
    """The interval of a share, in percent: Wilson's, or the exact one where fewer than 10 items are right, or wrong.

    Wilson's covers as it says on average, and the more so the more items there are, but as few as 84 % of the time for
    shares that all but a few items reach (Brown, Cai and DasGupta 2001), where the exact one takes over.
    At 100, 300 and 2,000 items this covers 94 to 97 % for shares of 50 and 95 % and 93.5 % or more for any above 98 %.

    Args and errors are those of `wilson`.
    """
    few = min(successes, n - successes) < EXACT_SHARE_BELOW
    return clopper_pearson(successes, n, level) if few else wilson(successes, n, level)


def share_gain(only_left: float, only_right: float, n: int, level: float = 0.95) -> Interval:
    """The interval of left's share of right items minus right's on the same items, in points (Bonett and Price 2012).

    An adjusted Wald interval: one item is added to either kind of discordant items. It keeps its level where few items
    are discordant, which the bootstrap does not, and has a width where none are.

    Args:
        only_left: items that the left side alone has right.
        only_right: items that the right side alone has right.
        n: all items.
        level: confidence level between 0 and 1.

    Raises:
        CannotConclude: no items.
        ValueError: more discordant items than items.
    """
    _check(only_left + only_right, n)
    gain = (only_left - only_right) / (n + 2)
    spread = math.sqrt(((only_left + only_right + 2) / (n + 2) - gain**2) / (n + 2))
    half = normal_quantile(0.5 + level / 2) * spread
    low, high = (100 * min(1.0, max(-1.0, end)) for end in (gain - half, gain + half))
    return Interval(low=low, high=high, level=level, method="paired shares", answers=OTHER_ITEMS)


def mcnemar(only_left: int, only_right: int) -> Test:
    """Whether two checkpoints are right on as many of the same items (McNemar 1947).

    Exact (a fair coin thrown once per discordant item) below 25 discordant items: that never finds too much, but finds
    less than it might. Else chi-square, without the continuity correction, from which Fagerland, Lydersen and Laake
    2013 advise, as they do from the exact test; they would have its p without half of the probability of the data
    themselves (mid-p), which may find too much, if hardly ever.

    Args:
        only_left: items that the left side alone has right.
        only_right: items that the right side alone has right.

    Raises:
        CannotConclude: both sides are right on the same items, so that nothing distinguishes them.
    """
    if only_left < 0 or only_right < 0:
        raise ValueError(f"{only_left} and {only_right} are not numbers of items")
    discordant = only_left + only_right
    if not discordant:
        raise CannotConclude("both are right on the same items, so a test has nothing to compare")
    if discordant < EXACT_BELOW:
        p, statistic, method = fair_coin_tails(only_left, discordant), float(only_left), "mcnemar exact"
    else:
        statistic = (only_left - only_right) ** 2 / discordant
        p, method = chi_square_tail(statistic, 1), "mcnemar"
    return Test(p=p, statistic=statistic, method=method, answers=OTHER_ITEMS, n=discordant, unit="discordant items")


def _check(successes: float, n: int) -> None:
    if n == 0:
        raise CannotConclude("no items, so nothing can be said of their share")
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} items is not a share")
