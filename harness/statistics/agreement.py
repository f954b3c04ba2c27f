"""How far raters agree on the same items, beyond what chance makes likely."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from harness.statistics.refusal import CannotConclude


def fleiss_kappa(rows: Sequence[Sequence[bool]]) -> float:
    """Kappa of two raters or more who each called all items right or wrong (Fleiss 1971): at most 1; 0 is by chance.

    Args:
        rows: one per item, one value per rater.

    Raises:
        CannotConclude: no items, fewer than two raters, or all of them called all items the same.
        ValueError: items of other numbers of raters.
    """
    raters = {len(row) for row in rows}
    if len(raters) > 1:
        raise ValueError("all raters call all items")
    if not raters or (count := raters.pop()) < 2:
        raise CannotConclude("agreement is of two raters or more, on one item or more")
    right = [sum(row) for row in rows]
    observed = fmean(own * (own - 1) + (count - own) * (count - own - 1) for own in right) / (count * (count - 1))
    share = fmean(right) / count
    expected = share**2 + (1 - share) ** 2
    if expected == 1:
        raise CannotConclude("all raters called all items the same, so that chance makes it likely, too")
    return (observed - expected) / (1 - expected)
