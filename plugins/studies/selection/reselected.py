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

ROUNDING = 1e-9


def reselected(
    sides: Sequence[Sequence[Sequence[Sequence[studykit.Row]]]], items: studykit.Items, pools: Mapping[int, Pool]
) -> studykit.Reselected:
    """What the pick of one criterion is worth beyond that of another, by seed, for other items that select.

    Args:
        sides: of both criteria, by seed as in `pools`, candidate as in a pool, and language: a row by a metric of which
            higher is better.
        items: what knows the items behind rows.
        pools: by seed.
    """
    rows = [row for side in sides for seed in side for candidate in seed for row in candidate]
    redrawn = studykit.redrawn_scores(studykit.first_half(studykit.Scores(rows, items)))
    shapes = [(len(side), len(side[0]), len(side[0][0])) for side in sides]
    one, other = np.split(redrawn.scores, [int(np.prod(shapes[0]))], axis=1)
    worth = np.array([[pool.worth[arm] for arm in pool.candidates] for pool in pools.values()])
    difference = _shares(one.reshape(-1, *shapes[0])) - _shares(other.reshape(-1, *shapes[1]))
    return studykit.Reselected(sums=(difference * worth).sum(axis=-1), items=redrawn.items)


def _shares(scores: Floats) -> Floats:
    """How likely each candidate is picked, (..., candidates), given scores (..., candidates, languages)."""
    values = scores.mean(axis=-1)
    best = values.max(axis=-1, keepdims=True)
    tied = values >= best - ROUNDING * np.maximum(1.0, np.abs(best))
    return np.asarray(tied / tied.sum(axis=-1, keepdims=True), np.float64)
