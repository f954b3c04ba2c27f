"""Scoring as the harness does it: sums of statistics, then the metric's value."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

import harness

Score = Callable[[harness.Metric, Iterable[harness.Prediction]], float]


@pytest.fixture(scope="session")
def score() -> Score:
    def score_predictions(metric: harness.Metric, predictions: Iterable[harness.Prediction]) -> float:
        rows = [metric.statistics(prediction) for prediction in predictions]
        return metric.value([sum(column) for column in zip(*rows, strict=True)], len(rows))

    return score_predictions
