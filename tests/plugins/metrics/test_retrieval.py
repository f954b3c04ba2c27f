"""Accuracy of the nearest sentence."""

from __future__ import annotations

from typing import Any

from harness_plugins.metrics.retrieval import RETRIEVAL_ACCURACY

from tests.plugins.metrics.conftest import Score


def test_any_gold_key_is_right(score: Score) -> None:
    predictions: list[dict[str, Any]] = [
        {"gold": ["t1"], "prediction": "t1", "candidates": [{"key": "t1", "score": 0.9}]},
        {"gold": ["t2", "t3"], "prediction": "t3", "candidates": []},
        {"gold": ["t4"], "prediction": "t1", "candidates": [{"key": "t4", "score": 0.8}]},
        {"gold": [], "prediction": "t1", "candidates": []},
    ]
    assert score(RETRIEVAL_ACCURACY, predictions) == 50.0


def test_a_part_of_a_key_is_wrong(score: Score) -> None:
    assert score(RETRIEVAL_ACCURACY, [{"gold": ["t12"], "prediction": "t1"}]) == 0.0
