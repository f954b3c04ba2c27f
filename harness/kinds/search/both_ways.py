"""Ranks of right pairs among all, both ways, with the nearest of one side: exact, each similarity computed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.kinds.search.retrieval import TILE, Best, Neighbours, normalised

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCKS = 8
"""Tiles of similarities that are computed at once, as a multiple of one."""


@dataclass(frozen=True)
class Ranked:
    """What is near, and at which ranks the right ones are, from 1.

    Attributes:
        neighbours: the nearest candidates of each query, best first.
        ranks: of each query, the rank of its right candidate among all candidates.
        back: of each query, its rank among all queries for its right candidate.
    """

    neighbours: Neighbours
    ranks: NDArray[np.int64]
    back: NDArray[np.int64]


def ranked_both(
    queries: NDArray[np.float32], candidates: NDArray[np.float32], right: NDArray[np.int64], k: int
) -> Ranked:
    """The `k` nearest candidates of each query by cosine, and the ranks of what belongs together both ways.

    What is as near is ranked in the order of the candidates, or of the queries.

    Args:
        queries: (queries, dimension); they need not be normalised.
        candidates: (candidates, dimension).
        right: of each query the place of its right candidate; ascending.
    """
    queries, candidates = normalised(queries), normalised(candidates)
    best = Best(len(queries), len(candidates), k)
    ends = np.searchsorted(right, np.arange(len(candidates) + 1))
    above, back = (np.zeros(len(queries), np.int64) for _ in range(2))
    rows = max(1, TILE * TILE * BLOCKS // max(1, len(queries)))
    own = _own_similarities(queries, candidates, ends, rows)
    changed = np.zeros(len(queries), bool)
    room = np.empty((min(rows, len(candidates)), len(queries)), np.float32)
    for start in range(0, len(candidates), rows):
        block = candidates[start : start + rows]
        similar = np.matmul(block, queries.T, out=room[: len(block)])
        for other in range(0, len(queries), TILE):
            best.offer(similar[:, other : other + TILE].T, other, start)
        for place, row in enumerate(similar, start):
            first, last = ends[place : place + 2].tolist()
            # Of equal candidates the earlier ones come first.
            above[:first] += row[:first] > own[:first]
            above[last:] += row[last:] >= own[last:]
            changed[first:last] = row[first:last] != own[first:last]
            for query in range(first, last):
                before = np.count_nonzero(row[:query] >= row[query])
                back[query] = before + np.count_nonzero(row[query + 1 :] > row[query]) + 1
    for query in np.flatnonzero(changed).tolist():
        above[query] = _places_above(candidates, queries[query], right[query])
    return Ranked(best.neighbours(), above + 1, back)


def _own_similarities(
    queries: NDArray[np.float32], candidates: NDArray[np.float32], ends: NDArray[np.int64], rows: int
) -> NDArray[np.float32]:
    """The similarity of each query to its right candidate, by products of matrices that round as those of all do.

    That they do is no promise: where the product of all rounds otherwise, the rank is counted again.
    """
    found = np.empty(len(queries), np.float32)
    for start in range(0, len(candidates), rows):
        bounds = ends[start : start + rows + 1]
        similar = candidates[start : start + rows] @ queries[bounds[0] : bounds[-1]].T
        which = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        found[bounds[0] : bounds[-1]] = similar[which, np.arange(len(which))]
    return found


def _places_above(candidates: NDArray[np.float32], query: NDArray[np.float32], right: int) -> int:
    """How many candidates are ranked before the right one."""
    similar = candidates @ query
    before = np.count_nonzero(similar[:right] >= similar[right])
    return int(before + np.count_nonzero(similar[right + 1 :] > similar[right]))
