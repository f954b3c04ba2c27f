"""Macro-F1."""

from __future__ import annotations

import numpy as np
import pytest
from harness_plugins.metrics.macro import MACRO_F1

from harness.evaluation.predictions import columns_of
from harness.item_scores import item_scores
from tests.plugins.metrics.conftest import Score


def pairs(text: str) -> list[dict[str, str]]:
    """Predictions from pairs such as "en": gold e, predicted n."""
    return [{"gold": pair[0], "prediction": pair[1]} for pair in text.split()]


def test_each_class_counts_alike_however_rare(score: Score) -> None:
    # e: 2 right of 2 predicted and 3 gold: 80. n: 1 of 2 and 1: 200 / 3. c: never right: 0.
    assert score(MACRO_F1, pairs("ee ee en nn ce")) == pytest.approx((2 * 2 / 6 + 2 / 3 + 0) * 100 / 3)


def test_a_class_that_is_neither_predicted_nor_gold_does_not_count() -> None:
    whole = item_scores(MACRO_F1, columns_of(pairs("ee nn cc")))
    # Of the first two items alone, c is neither.
    assert MACRO_F1.value(whole.statistics[:2].sum(axis=0).tolist(), 2) == 100.0


def test_a_constant_prediction_is_worse_than_its_accuracy(score: Score) -> None:
    assert score(MACRO_F1, pairs("ee ee ne ce")) == pytest.approx((2 * 2 / 6) * 100 / 3)


def test_many_draws_at_once_give_what_each_gives() -> None:
    found = item_scores(MACRO_F1, columns_of(pairs("ee nn cc en ce nn")))
    draws = np.random.default_rng(0).integers(0, 6, (50, 6))
    sums = found.statistics[draws].sum(axis=1)
    together = MACRO_F1.value(list(sums.T), 6)
    assert together == pytest.approx([MACRO_F1.value(one.tolist(), 6) for one in sums])
