"""F1, precision and recall of mined pairs of sentences."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(MINING_F1)
    register(MINING_PRECISION)
    register(MINING_RECALL)


def count_pairs(predictions: harness.Predictions) -> NDArray[np.int64]:
    """(right pairs, mined pairs, gold pairs) of each source sentence; a candidate below the threshold is not mined."""
    import numpy as np

    keys, golds = predictions["prediction"], predictions["gold"]
    # Sentences without candidate have no score, which as a number is no number, and not above any threshold.
    scores = np.asarray(predictions["score"], np.float64)
    mined = scores >= np.asarray(predictions["threshold"], np.float64)
    right = mined & np.fromiter(map(operator.contains, golds, keys), np.bool_, len(keys))
    return np.column_stack([right, mined, np.fromiter(map(len, golds), np.int64, len(golds))])


MINING_F1 = harness.Metric(
    name="mining_f1",
    kinds=("bitext-mining",),
    statistics=count_pairs,
    tuned=True,
    value=harness.f1_from_counts,
    description="F1 of mined sentence pairs whose score reaches the threshold tuned on development rows.",
    source="XTREME (Hu et al. 2020), evaluate.py: bucc2018; Zweigenbaum et al. 2018",
)

MINING_PRECISION = harness.Metric(
    name="mining_precision",
    kinds=("bitext-mining",),
    statistics=count_pairs,
    tuned=True,
    value=harness.precision_from_counts,
    description="Share of the sentence pairs mined by the threshold of mining_f1 that are right.",
    source="XTREME (Hu et al. 2020), evaluate.py: precision of bucc2018; Zweigenbaum et al. 2018",
)

MINING_RECALL = harness.Metric(
    name="mining_recall",
    kinds=("bitext-mining",),
    statistics=count_pairs,
    tuned=True,
    value=harness.recall_from_counts,
    description="Share of the gold sentence pairs that are mined by the threshold of mining_f1.",
    source="XTREME (Hu et al. 2020), evaluate.py: recall of bucc2018; Zweigenbaum et al. 2018",
)
