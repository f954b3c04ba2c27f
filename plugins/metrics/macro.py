"""Macro-F1: the mean over classes of their F1, each counted alike however rare it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

COUNTS = 3
"""Numbers of a class: right, predicted and gold items."""


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(MACRO_F1)


def count_by_class(predictions: harness.Predictions) -> NDArray[np.float64]:
    """(right, predicted, gold) of each class that is predicted or gold somewhere: each 0 or 1; (items, 3 classes)."""
    import numpy as np

    predicted, gold = (np.asarray(predictions[name]) for name in ("prediction", "gold"))
    classes = np.unique(np.concatenate([predicted, gold]))
    is_predicted, is_gold = (labels[:, None] == classes for labels in (predicted, gold))
    counts = np.stack([is_predicted & is_gold, is_predicted, is_gold], axis=-1)
    return counts.reshape(len(gold), COUNTS * len(classes)).astype(np.float64)


def mean_f1(sums: Sequence[float], n: int) -> float:
    """The mean F1, in percent, of the classes that are predicted or gold among these items."""
    counts = [sums[at : at + COUNTS] for at in range(0, len(sums), COUNTS)]
    scores = [harness.f1_from_counts(own, n) for own in counts]
    # Sums may be arrays, of many draws of items at once.
    present = sum((predicted + gold > 0) * 1.0 for _, predicted, gold in counts)
    return sum(scores) / (present + (present == 0))


MACRO_F1 = harness.Metric(
    name="macro_f1",
    kinds=("text-classification",),
    statistics=count_by_class,
    value=mean_f1,
    description="Mean over classes of their F1, of the classes that are predicted or gold.",
    source="scikit-learn's f1_score(average='macro'); the mean of F1s, not F1 of means (Opitz and Burst 2019)",
)
