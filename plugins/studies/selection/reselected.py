"""What picks are worth where other items select.

Criteria that are equally good pick by items of their own, which favour one checkpoint or another in all seeds alike. An
interval that takes these items for given would say yes to that; here they are drawn anew, and what they pick with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from harness_plugins.studies.selection.picks import Pool
from numpy.typing import NDArray

from harness import studykit

Floats: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = Sequence[Sequence[Sequence[studykit.Row]]]
"""Scores of one criterion by seed, candidate and language, of which higher is better."""


def reselected(one: Rows, other: Rows, items: studykit.Items, pools: Mapping[int, Pool]) -> studykit.Reselected:
    """What the pick of one criterion is worth beyond that of another, by seed, for other items that select.

    Args:
        one, other: the scores that each picks by; seeds and candidates in the order of the pools.
        items: what knows the items behind rows.
        pools: by seed.
    """
    worth = np.array([[pool.worth[arm] for arm in pool.candidates] for pool in pools.values()])
    (mine, my_units), (theirs, their_units) = (_redrawn(rows, items) for rows in (one, other))
    # A sample that leaves a language of either side without items says nothing of what that side picks.
    known = ~np.isnan(mine + theirs).any(axis=(1, 2))
    shares = _pick_shares(mine[known]) - _pick_shares(theirs[known])
    return studykit.Reselected(sums=(shares * worth).sum(axis=-1), units=min(my_units, their_units))


def _redrawn(rows: Rows, items: studykit.Items) -> tuple[Floats, int]:
    """Means over languages by redrawn items, (samples, seeds, candidates), and how many items are drawn."""
    flat = [row for seed in rows for candidate in seed for row in candidate]
    redrawn = studykit.redrawn_scores(studykit.first_half(studykit.Scores(flat, items)))
    return redrawn.scores.reshape(-1, len(rows), len(rows[0]), len(rows[0][0])).mean(axis=-1), redrawn.units


def _pick_shares(values: Floats) -> Floats:
    """How likely each candidate is picked, (samples, seeds, candidates)."""
    tied = studykit.tied_with_best(values)
    return np.asarray(tied / tied.sum(axis=-1, keepdims=True), np.float64)
