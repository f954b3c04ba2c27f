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


def count_duplicates(predictions: harness.Predictions) -> list[tuple[bool, bool, bool]]:
    """(true positives, predicted duplicates, gold duplicates) of each pair: each 0 or 1."""
    return [
        (predicted == gold == DUPLICATE, predicted == DUPLICATE, gold == DUPLICATE)
        for predicted, gold in zip(predictions["prediction"], predictions["gold"], strict=True)
    ]


DUPLICATE_F1 = harness.Metric(
    name="duplicate_f1",
    kinds=("text-classification",),
    statistics=count_duplicates,
    value=harness.f1_from_counts,
    description='F1 of the label "duplicate".',
    source="GLUE (Wang et al. 2019): QQP is scored by accuracy and F1 of the positive class",
)
