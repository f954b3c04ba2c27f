"""F1 of the class "duplicate"."""

from __future__ import annotations

import pytest
from harness_plugins.metrics.f1 import DUPLICATE_F1

from tests.plugins.metrics.conftest import Score


def pairs(text: str) -> list[dict[str, str]]:
    """Predictions from pairs such as "dn": gold duplicate, predicted not_duplicate."""
    names = {"d": "duplicate", "n": "not_duplicate"}
    return [{"gold": names[pair[0]], "prediction": names[pair[1]]} for pair in text.split()]


def test_f1_is_that_of_the_duplicates(score: Score) -> None:
    # 2 true positives, 1 false positive, 1 false negative, 5 true negatives: precision 2/3, recall 2/3.
    assert score(DUPLICATE_F1, pairs("dd dd nd dn nn nn nn nn nn")) == pytest.approx(200 / 3)


def test_precision_and_recall_may_differ(score: Score) -> None:
    # Precision 1/3, recall 1: F1 = 2 * 1/3 / (4/3) = 1/2.
    assert score(DUPLICATE_F1, pairs("dd nd nd")) == pytest.approx(50.0)


@pytest.mark.parametrize("text", ["nn nn", "dn", "nd"])
def test_f1_is_zero_without_true_positives(score: Score, text: str) -> None:
    assert score(DUPLICATE_F1, pairs(text)) == 0.0


def test_gold_as_prediction_is_perfect(score: Score) -> None:
    assert score(DUPLICATE_F1, pairs("dd nn dd")) == 100.0
