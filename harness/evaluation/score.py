"""From predictions to a score with its interval, without any model."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import UserError
from harness.metrics import Metric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.statistics.intervals import Interval


class ScoreError(UserError):
    """Predictions that a metric cannot score."""


@dataclass(frozen=True)
class ItemScores:
    """A metric's numbers of each item.

    Attributes:
        statistics: float64 (items, numbers).
        clusters: which items are drawn together, such as the questions of a paragraph; None where each is its own.
    """

    metric: Metric
    statistics: NDArray[np.float64]
    clusters: NDArray[np.int64] | None

    @property
    def value(self) -> float:
        """The score in percent."""
        return float(self.metric.value(self.statistics.sum(axis=0).tolist(), len(self.statistics)))

    def interval(self) -> Interval:
        """The 95 % interval of this checkpoint's score over other items like these."""
        from harness.statistics.bootstrap import bootstrap
        from harness.statistics.intervals import wilson

        if self.metric.interval == "wilson" and self.clusters is None:
            return wilson(float(self.statistics[:, 0].sum()), len(self.statistics))
        return bootstrap(self.statistics, self.metric.value, clusters=self.clusters)

    def gain_interval(self, baseline: ItemScores) -> Interval:
        """The 95 % interval of this score minus another on the same items."""
        from harness.statistics.bootstrap import paired_gain

        return paired_gain(self.statistics, baseline.statistics, self.metric.value, clusters=self.clusters)


def item_scores(metric: Metric, predictions: Sequence[Mapping[str, Any]]) -> ItemScores:
    """The metric's numbers of each prediction.

    Raises:
        ScoreError: there is nothing to score, or all gold answers are alike, as where a benchmark hides its labels.
    """
    import numpy as np

    if not predictions:
        raise ScoreError("no predictions to score")
    _refuse_hidden_labels(predictions)
    statistics = np.asarray([metric.statistics(prediction) for prediction in predictions], dtype=np.float64)
    return ItemScores(metric, statistics, _clusters(predictions))


def is_constant(predictions: Sequence[Mapping[str, Any]]) -> bool:
    """Whether every item got the same prediction."""
    return all(row["prediction"] == predictions[0]["prediction"] for row in predictions)


def cluster_name(text: str) -> str:
    """A short name for a text that several items share."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _clusters(predictions: Sequence[Mapping[str, Any]]) -> NDArray[np.int64] | None:
    import numpy as np

    if "cluster" not in predictions[0]:
        return None
    _, clusters = np.unique([prediction["cluster"] for prediction in predictions], return_inverse=True)
    return clusters.astype(np.int64)


def _refuse_hidden_labels(predictions: Sequence[Mapping[str, Any]]) -> None:
    if len(predictions) < 50 or isinstance(predictions[0]["gold"], list):
        return
    golds = {prediction["gold"] for prediction in predictions}
    if len(golds) == 1:
        raise ScoreError(
            f"all {len(predictions)} gold labels are {golds.pop()!r}",
            mend="the benchmark hides its test labels and these are placeholders; score labelled rows instead",
        )
