"""When a question is left unanswered: the threshold of SQuAD 2.0 (Rajpurkar et al. 2018), tuned on development rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.item_scores import count, item_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.metrics import Metric, Predictions


def best_threshold(predictions: Predictions, metric: Metric) -> float:
    """How far the null score may exceed the best span's before a question is left unanswered, for the best mean score.

    As in SQuAD 2.0's evaluation it is the difference of the last question that is still answered, the smallest of
    equals. Where it is best to answer none, it lies just below all differences; 0 where no question has a span.

    Args:
        predictions: columns `gold`, `no_answer_score` and `spans`.
        metric: scores each question, given also a column `threshold`.

    Raises:
        ScoreError: there are no predictions.
    """
    answered, unanswered = (_scores(predictions, metric, threshold) for threshold in (math.inf, -math.inf))
    differences = np.asarray(
        [
            null_score - spans[0]["score"] if spans else math.inf
            for null_score, spans in zip(predictions["no_answer_score"], predictions["spans"], strict=True)
        ]
    )
    order = np.argsort(differences, kind="stable")
    order = order[np.isfinite(differences[order])]
    if not len(order):
        return 0.0
    ascending = differences[order]
    gains = np.cumsum((answered - unanswered)[order])
    # Questions of the same difference are answered together or not at all.
    last = np.append(ascending[1:] > ascending[:-1], True)
    best = int(np.argmax(np.where(last, gains, -np.inf)))
    return float(ascending[best] if gains[best] > 0 else np.nextafter(ascending[0], -np.inf))


def _scores(predictions: Predictions, metric: Metric, threshold: float) -> NDArray[np.float64]:
    """The score of each question under a threshold: float64 (questions,)."""
    columns = {**predictions, "threshold": [threshold] * count(predictions)}
    scores = item_scores(metric, columns).statistics[:, 0]
    return scores if metric.higher_is_better else -scores
