"""Accuracy of sentence retrieval: is the nearest sentence a translation?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(RETRIEVAL_ACCURACY)


def nearest_is_right(predictions: harness.Predictions) -> ArrayLike:
    """Of each sentence, whether the key of the nearest one is one of the gold keys."""
    import numpy as np

    keys, golds = predictions["prediction"], predictions["gold"]
    if isinstance(keys, np.ndarray) and isinstance(golds, np.ndarray):
        right: ArrayLike = (golds == keys[:, None]).any(axis=1)
        return right
    return [key in gold for key, gold in zip(keys, golds, strict=True)]


RETRIEVAL_ACCURACY = harness.Metric(
    name="retrieval_accuracy",
    kinds=("sentence-similarity",),
    statistics=nearest_is_right,
    interval="wilson",
    description="Share of sentences whose nearest neighbour in the other language is a translation.",
    source="XTREME (Hu et al. 2020), evaluate.py: tatoeba; Artetxe and Schwenk 2019",
)
