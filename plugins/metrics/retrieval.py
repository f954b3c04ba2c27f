"""Accuracy of sentence retrieval: is the nearest sentence a translation?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(RETRIEVAL_ACCURACY)


def nearest_is_right(predictions: harness.Predictions) -> list[bool]:
    """Of each sentence, whether the key of the nearest one is one of the gold keys."""
    return [key in gold for key, gold in zip(predictions["prediction"], predictions["gold"], strict=True)]


RETRIEVAL_ACCURACY = harness.Metric(
    name="retrieval_accuracy",
    kinds=("sentence-similarity",),
    statistics=nearest_is_right,
    interval="wilson",
    description="Share of sentences whose nearest neighbour in the other language is a translation.",
    source="XTREME (Hu et al. 2020), evaluate.py: tatoeba; Artetxe and Schwenk 2019",
)
