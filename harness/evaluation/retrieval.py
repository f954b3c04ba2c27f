"""Exact nearest neighbours by cosine, in blocks, so that no full similarity matrix is ever in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1024
"""Queries compared at a time."""


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
    for start in range(0, len(queries), BLOCK):
        similarities = _normalised(queries[start : start + BLOCK]) @ unit_candidates.T
        order = np.argsort(-similarities, axis=1, kind="stable")[:, :k]
        indices[start : start + BLOCK] = order
        scores[start : start + BLOCK] = np.take_along_axis(similarities, order, axis=1)
    return Neighbours(indices, scores)


def _normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: NDArray[np.float32] = (vectors / np.maximum(norms, 1e-12)).astype(np.float32)
    return result
