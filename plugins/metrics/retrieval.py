"""Accuracy of sentence retrieval: is the nearest sentence a translation?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(RETRIEVAL_ACCURACY)


def nearest_is_right(prediction: harness.Prediction) -> tuple[float, ...]:
    """(1 if the key of the nearest sentence is one of the gold keys, else 0)."""
    return (float(prediction["prediction"] in prediction["gold"]),)


RETRIEVAL_ACCURACY = harness.Metric(
    name="retrieval_accuracy",
    kinds=("sentence-similarity",),
    statistics=nearest_is_right,
    interval="wilson",
    description="Share of sentences whose nearest neighbour in the other language is a translation.",
    source="XTREME (Hu et al. 2020), evaluate.py: tatoeba; Artetxe and Schwenk 2019",
)
