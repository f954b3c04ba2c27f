"""Ranks that systems can have."""

from __future__ import annotations

import numpy as np
import pytest

from harness.statistics.intervals import OTHER_ITEMS, Test
from harness.statistics.rank_intervals import Ranks, rank_intervals, ranks_over_seeds
from harness.statistics.refusal import CannotConclude


def test_systems_that_cannot_be_told_apart_share_their_ranks() -> None:
    noise = [0.0, 0.2, -0.1, 0.15, -0.2]
    systems = [
        [80 + value for value in noise],
        [70 + 2 * value for value in noise],
        [70.05 - value for value in noise],
    ]
    assert ranks_over_seeds(systems) == (Ranks(1, 1), Ranks(2, 3), Ranks(2, 3))
    assert ranks_over_seeds(systems[::-1]) == (Ranks(2, 3), Ranks(2, 3), Ranks(1, 1))


def test_pairs_are_corrected_for_each_other() -> None:
    def test(one: int, other: int) -> tuple[float, Test]:
        p = 0.02 if (one, other) == (0, 1) else 0.9
        return 1.0, Test(p=p, statistic=0.0, method="t", answers=OTHER_ITEMS, n=1, unit="items")

    assert rank_intervals(2, test) == (Ranks(1, 1), Ranks(2, 2))
    assert rank_intervals(3, test) == (Ranks(1, 3),) * 3


def test_systems_that_are_alike_are_not_told_apart() -> None:
    assert ranks_over_seeds([[70.0, 71.0, 72.0]] * 2) == (Ranks(1, 2), Ranks(1, 2))


def test_true_ranks_are_within() -> None:
    rng = np.random.default_rng(0)
    true = np.array([72.0, 71.0, 70.5, 70.0])
    held = 0
    for _ in range(200):
        scores = true[:, None] + rng.normal(0, 0.7, (4, 5))
        found = ranks_over_seeds(scores.tolist())
        held += all(ranks.best <= place + 1 <= ranks.worst for place, ranks in enumerate(found))
    assert held / 200 >= 0.93


def test_what_cannot_be_concluded() -> None:
    with pytest.raises(CannotConclude, match="two systems"):
        ranks_over_seeds([[1.0, 2.0]])
    with pytest.raises(CannotConclude, match="two systems"):
        ranks_over_seeds([])
    with pytest.raises(CannotConclude, match="two seeds"):
        ranks_over_seeds([[1.0], [2.0]])
    with pytest.raises(ValueError, match="other numbers of them"):
        ranks_over_seeds([[1.0, 2.0], [2.0]])
