"""Exact nearest neighbours by cosine, in blocks, so that no full similarity matrix is ever in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1024
"""Most queries compared at a time."""
CELLS = 2**26
"""Most similarities in memory at a time, as long as one query's fit."""


@dataclass(frozen=True)
class Neighbours:
    """The k nearest candidates of each query, best first.

    Attributes:
        indices: int64 (queries, k).
        scores: cosine; float32 (queries, k).
    """

    indices: NDArray[np.int64]
    scores: NDArray[np.float32]


def nearest(queries: NDArray[np.float32], candidates: NDArray[np.float32], k: int) -> Neighbours:
    """The `k` nearest candidates of each query; equal scores in the order of the candidates.

    Args:
        queries: (queries, dimension); need not be normalised.
        candidates: (candidates, dimension).
        k: how many; all of them where there are fewer candidates.
    """
    k = min(k, len(candidates))
    unit_candidates = _normalised(candidates)
    indices = np.empty((len(queries), k), np.int64)
    scores = np.empty((len(queries), k), np.float32)
    block = max(1, min(BLOCK, CELLS // max(1, len(candidates))))
    for start in range(0, len(queries), block):
        similarities = _normalised(queries[start : start + block]) @ unit_candidates.T
        for query, row in enumerate(similarities, start=start):
            best = _best(row, k)
            indices[query], scores[query] = best, row[best]
    return Neighbours(indices, scores)


def _best(similarities: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Indices of the `k` largest of one query's similarities (candidates,), equal ones in their order."""
    negated = -similarities
    # Not a number counts as the smallest, as in a full sort.
    last = np.partition(negated, k - 1)[k - 1]
    kept = np.flatnonzero(~(negated > last))
    best: NDArray[np.int64] = kept[np.argsort(negated[kept], kind="stable")[:k]]
    return best


def _normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: NDArray[np.float32] = (vectors / np.maximum(norms, 1e-12)).astype(np.float32)
    return result
