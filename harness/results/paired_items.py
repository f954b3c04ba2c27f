"""The same items on two sides, in one language or several, by one seed or several: interval, test, wins and losses."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.item_scores import PLACE, ItemScores, joint_parts
from harness.results.comparison import PERCENT_GAIN, UNIT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.statistics.intervals import Interval, Test
    from harness.statistics.parts import Part


@dataclass(frozen=True)
class ItemPair:
    """What the same items scored on two sides, in one order, in one language and by one seed."""

    language: str
    left: ItemScores
    right: ItemScores


@dataclass(frozen=True)
class ItemCounts:
    """Items that the left side has more of than the right, that the right has more of, and of which both have the same.

    What an item has is the score of it alone, its mean over seeds.
    """

    wins: int
    losses: int
    ties: int

    def __add__(self, other: ItemCounts) -> ItemCounts:
        return ItemCounts(self.wins + other.wins, self.losses + other.losses, self.ties + other.ties)


@dataclass(frozen=True)
class PairedItems:
    """All items of a comparison; each side's score is the mean over its parts.

    Attributes:
        pairs: one per language and seed, at least one.
    """

    pairs: tuple[ItemPair, ...]

    def interval(self) -> Interval:
        """The 95 % interval of left minus right, over other items like these.

        A passage with its questions, or an item with its translations and all seeds, is drawn together.

        Raises:
            CannotConclude: the items do not tell.
        """
        from harness.statistics.joint import joint_gain

        self.pairs[0].left.refuse_without_interval()
        if len(self.pairs) == 1:
            return self.pairs[0].left.gain_interval(self.pairs[0].right)
        bounds = (PERCENT_GAIN.low, PERCENT_GAIN.high) if self.pairs[0].left.metric.unit == UNIT else None
        return joint_gain(*self._parts, bounds=bounds)

    def test(self) -> Test:
        """Whether left minus right is zero: McNemar's test of right and wrong items, sign flips of others.

        Raises:
            CannotConclude: both sides have the same of every item.
        """
        from harness.statistics.permutation import permuted_gain
        from harness.statistics.shares import mcnemar

        self.pairs[0].left.refuse_without_interval()
        only = self.pairs[0]
        if len(self.pairs) == 1 and only.left.metric.interval == "wilson" and only.left.clusters is None:
            right = [side.statistics[:, 0] > 0 for side in (only.left, only.right)]
            return mcnemar(int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum()))
        return permuted_gain(*self._parts)

    def counts(self) -> ItemCounts:
        """How many items either side has more of."""
        total = ItemCounts(0, 0, 0)
        for language in dict.fromkeys(pair.language for pair in self.pairs):
            gains = item_gains([pair for pair in self.pairs if pair.language == language])
            wins, losses = int((gains > 0).sum()), int((gains < 0).sum())
            total += ItemCounts(wins, losses, len(gains) - wins - losses)
        return total

    @functools.cached_property
    def _parts(self) -> tuple[list[Part], list[Part]]:
        left = joint_parts([_named(pair.left, pair.language) for pair in self.pairs])
        sides = zip(left, self.pairs, strict=True)
        return left, [replace(part, statistics=pair.right.statistics) for part, pair in sides]


def _named(items: ItemScores, language: str) -> ItemScores:
    """Items of earlier versions by their order, which is the same in every seed of a language."""
    if items.items is not None:
        return items
    return replace(items, items=tuple(f"{language}{PLACE}{place}" for place in range(len(items.statistics))))


def item_gains(pairs: Sequence[ItemPair]) -> NDArray[np.float64]:
    """Left minus right of each item's score by itself, the mean over seeds.

    Args:
        pairs: of one language, one per seed, whose items are in one order.

    Returns:
        (items,) in the unit of the metric.
    """
    import numpy as np

    return np.mean([_alone(pair.left, pair.right) for pair in pairs], axis=0)  # type: ignore[no-any-return]


def _alone(left: ItemScores, right: ItemScores) -> NDArray[np.float64]:
    """Left minus right of each item's score by itself, computed where the sides have other numbers."""
    import numpy as np

    gains = np.zeros(len(left.statistics))
    changed = np.flatnonzero((left.statistics != right.statistics).any(axis=1))
    value = left.metric.value
    mine, theirs = (side.statistics[changed].tolist() for side in (left, right))
    gains[changed] = [value(a, 1) - value(b, 1) for a, b in zip(mine, theirs, strict=True)]
    return gains
