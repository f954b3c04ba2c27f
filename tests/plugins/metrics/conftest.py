"""Cell as the harness does it: sums of statistics, then the metric's value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

import harness
from harness.evaluation.predictions import columns_of
from harness.item_scores import item_scores

Rows = Iterable[Mapping[str, Any]]
Score = Callable[[harness.Metric, Rows], float]
Statistics = Callable[..., list[tuple[float, ...]]]


@pytest.fixture(scope="session")
def score() -> Score:
    def score_predictions(metric: harness.Metric, predictions: Rows) -> float:
        return item_scores(metric, columns_of(list(predictions))).value

    return score_predictions


@pytest.fixture(scope="session")
def statistics() -> Statistics:
    """A metric's numbers of each of some predictions."""

    def numbers(metric: harness.Metric, *predictions: Mapping[str, Any]) -> list[tuple[float, ...]]:
        return [tuple(row) for row in item_scores(metric, columns_of(predictions)).statistics.tolist()]

    return numbers
