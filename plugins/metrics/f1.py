"""F1 of one class: the duplicates among question pairs (QQP)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

DUPLICATE = "duplicate"


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(DUPLICATE_F1)


def count_duplicates(prediction: harness.Prediction) -> tuple[float, ...]:
    """(true positives, predicted duplicates, gold duplicates) of a pair: each 0 or 1."""
    predicted = prediction["prediction"] == DUPLICATE
    gold = prediction["gold"] == DUPLICATE
    return float(predicted and gold), float(predicted), float(gold)


DUPLICATE_F1 = harness.Metric(
    name="duplicate_f1",
    kinds=("text-classification",),
    statistics=count_duplicates,
    value=harness.f1_from_counts,
    description='F1 of the label "duplicate".',
    source="GLUE (Wang et al. 2019): QQP is scored by accuracy and F1 of the positive class",
)
