"""Exact nearest neighbours by cosine or dot product, tile by tile: no full similarity matrix is ever in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE = 2048
"""Vectors of each side compared at a time: their similarities fit a processor's cache and keep several cores busy."""
GROUP = 16
"""Similarities of which only the largest counts where a tile is looked over for how large the best ones are."""


@dataclass(frozen=True)
class Neighbours:
    """The k nearest candidates of each query, best first.

    Attributes:
        indices: int64 (queries, k).
        scores: cosine or dot product; float32 (queries, k).
    """

    indices: NDArray[np.int64]
    scores: NDArray[np.float32]


def nearest(
    queries: NDArray[np.float32], candidates: NDArray[np.float32], k: int, *, similarity: str = "cosine"
) -> Neighbours:
    """The `k` nearest candidates of each query; equal scores in the order of the candidates.

    Args:
        queries: (queries, dimension); for cosines they need not be normalised.
        candidates: (candidates, dimension).
        k: how many; all of them where there are fewer candidates.
        similarity: "cosine" or "dot".
    """
    return _search(queries, candidates, k, similarity, both=False)[0]


def nearest_both(sources: NDArray[np.float32], targets: NDArray[np.float32], k: int) -> tuple[Neighbours, Neighbours]:
    """`nearest` by cosine of each source among the targets, and of each target among the sources.

    Every similarity is computed once, for both.
    """
    return _search(sources, targets, k, "cosine", both=True)


def centred(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors (n, dimension) less their mean."""
    result: NDArray[np.float32] = (vectors - vectors.mean(axis=0, dtype=np.float64)).astype(np.float32)
    return result


def _search(
    queries: NDArray[np.float32], candidates: NDArray[np.float32], k: int, similarity: str, *, both: bool
) -> tuple[Neighbours, Neighbours]:
    forward = Best(len(queries), len(candidates), k)
    backward = Best(len(candidates), len(queries) if both else 0, k)
    scaled = _SCALED[similarity]
    candidates = scaled(candidates)
    # One piece of memory for all tiles: to clear a new one takes about as long as to look through it.
    room = np.empty((TILE, TILE), np.float32)
    for start in range(0, len(queries), TILE):
        block = scaled(queries[start : start + TILE])
        for other in range(0, len(candidates), TILE):
            others = candidates[other : other + TILE]
            tile = np.matmul(block, others.T, out=room[: len(block), : len(others)])
            forward.offer(tile, start, other)
            if both:
                backward.offer(tile.T, other, start)
    return forward.neighbours(), backward.neighbours()


class Best:
    """The best candidates so far of each query.

    Candidates must be offered in their order: of equal ones the first stays.
    """

    def __init__(self, queries: int, candidates: int, k: int) -> None:
        self._candidates = candidates
        self._k = min(k, candidates)
        self._indices = np.full((queries, self._k), -1, np.int64)
        self._scores = np.full((queries, self._k), -np.inf, np.float32)

    def offer(self, tile: NDArray[np.float32], first: int, first_candidate: int) -> None:
        """Look through the similarities (queries, candidates) of some consecutive queries and candidates."""
        floor = self._scores[first : first + len(tile), -1:]
        above = tile > floor
        if np.count_nonzero(above) > GROUP * len(tile):
            above = tile > np.maximum(floor, self._floor(tile))
        order: Literal["C", "F"] = "C" if above.flags.c_contiguous else "F"
        rows, columns = np.unravel_index(above.ravel(order).nonzero()[0], above.shape, order)
        changed = np.unique(rows)
        if not len(changed):
            return
        best = first + changed
        queries = np.concatenate([np.repeat(changed, self._k), rows])
        scores = np.concatenate([self._scores[best].ravel(), tile[rows, columns]])
        indices = np.concatenate([self._indices[best].ravel(), first_candidate + columns])
        sorted_ = np.lexsort((-scores, queries))
        starts = np.searchsorted(queries[sorted_], changed)
        kept = sorted_[starts[:, None] + np.arange(self._k)]
        self._scores[best], self._indices[best] = scores[kept], indices[kept]

    def neighbours(self) -> Neighbours:
        """What was found. Candidates whose similarity is not a number come last, in their order."""
        for row in np.flatnonzero((self._indices < 0).any(axis=1)):
            found = self._indices[row][self._indices[row] >= 0]
            others = np.setdiff1d(np.arange(self._candidates), found)[: self._k - len(found)]
            self._indices[row] = np.concatenate([found, others])
            self._scores[row, len(found) :] = np.nan
        return Neighbours(self._indices, self._scores)

    def _floor(self, tile: NDArray[np.float32]) -> NDArray[np.float32]:
        """A score (queries, 1) that each query's k best of a tile are above.

        Just below the k-th largest of the maxima of groups of candidates: k different candidates reach that.
        """
        groups = tile.shape[1] // GROUP
        if groups < self._k:
            return np.full((len(tile), 1), -np.inf, np.float32)
        maxima = tile[:, : groups * GROUP].reshape(len(tile), GROUP, groups).max(axis=1)
        # Negated, because a partition takes what is not a number for the largest.
        reached = -np.partition(-maxima, self._k - 1, axis=1)[:, self._k - 1 : self._k]
        floor: NDArray[np.float32] = np.nextafter(np.nan_to_num(reached, nan=-np.inf), np.float32(-np.inf))
        return floor


def normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors (n, dimension) of length 1; those of zeros stay as they are."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: NDArray[np.float32] = (vectors / np.maximum(norms, 1e-12)).astype(np.float32, copy=False)
    return result


def _unscaled(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors


_SCALED = {"cosine": normalised, "dot": _unscaled}
"""What is done to vectors so that their dot product is a similarity."""
