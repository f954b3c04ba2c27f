"""Bitext mining by margin (Artetxe and Schwenk 2019), as XTREME does it for BUCC: candidates, scores, threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.errors import DataError
from harness.kinds.search.retrieval import Neighbours, nearest_both

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.metrics import Predictions

NEIGHBOURS = 4
"""Neighbours on the other side that a sentence is compared with, and that its margin is relative to."""


class Pair(NamedTuple):
    """A candidate: indices of a source and a target sentence, and their margin."""

    source: int
    target: int
    score: float


def mine(sources: NDArray[np.float32], targets: NDArray[np.float32]) -> list[Pair]:
    """Candidate pairs with a score above 0, best first; a sentence is in one pair at most.

    The score of a pair is its cosine over the mean of the two sentences' average cosines to their nearest neighbours.
    Of these neighbours each sentence proposes the one of the highest score; proposals of both sides are taken from
    the best down, unless one of the two sentences is taken already.

    Args:
        sources: (source sentences, dimension); need not be normalised.
        targets: (target sentences, dimension).
    """
    forward, backward = nearest_both(sources, targets, NEIGHBOURS)
    proposed, forward_scores = _proposals(forward, backward)
    proposing, backward_scores = _proposals(backward, forward)
    source_indices = np.concatenate([np.arange(len(sources)), proposing])
    target_indices = np.concatenate([proposed, np.arange(len(targets))])
    scores = np.concatenate([forward_scores, backward_scores])
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] > 0]
    pairs: list[Pair] = []
    taken_sources, taken_targets = set[int](), set[int]()
    proposals = (source_indices[order].tolist(), target_indices[order].tolist(), scores[order].tolist())
    for source, target, score in zip(*proposals, strict=True):
        if source not in taken_sources and target not in taken_targets:
            taken_sources.add(source)
            taken_targets.add(target)
            pairs.append(Pair(source, target, score))
    return pairs


def best_threshold(predictions: Predictions) -> float:
    """The score from which on pairs are mined, for the highest F1 on these predictions: half way to the next pair.

    0, so that all pairs are mined, where none is right.

    Args:
        predictions: columns `gold` (keys), `prediction` (a key or None) and `score`.

    Raises:
        DataError: there is no gold pair.
    """
    pairs = sum(map(len, predictions["gold"]))
    if not pairs:
        raise DataError(
            "no gold pair among the development rows, so that no threshold can be tuned on them", code="no-gold-pair"
        )
    candidates = zip(predictions["prediction"], predictions["score"], predictions["gold"], strict=True)
    mined = sorted((one for one in candidates if one[0] is not None), key=lambda one: -one[1])
    scores = [score for _, score, _ in mined]
    threshold = best = 0.0
    right = 0
    for count, (key, _, gold) in enumerate(mined, start=1):
        right += key in gold
        f1 = 2 * right / (count + pairs)
        if f1 > best:
            best, threshold = f1, (scores[count - 1] + scores[min(count, len(scores) - 1)]) / 2
    return threshold


def _proposals(own: Neighbours, other: Neighbours) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Of each sentence's neighbours the one with the largest margin, and that margin."""
    level = (own.scores.mean(axis=1, keepdims=True) + other.scores.mean(axis=1)[own.indices]) / 2
    # Where neighbours point away there is no margin to speak of.
    margins = np.divide(own.scores, level, out=np.zeros_like(own.scores), where=level > 0)
    best = margins.argmax(axis=1)
    rows = np.arange(len(best))
    return own.indices[rows, best], margins[rows, best]
