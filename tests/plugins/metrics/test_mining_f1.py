"""F1 of mined pairs."""

from __future__ import annotations

from typing import Any

import pytest
from harness_plugins.metrics.mining import MINING_F1, MINING_PRECISION, MINING_RECALL

from tests.plugins.metrics.conftest import Score


def pair(gold: str, key: str | None, score: float | None, threshold: float = 1.1) -> dict[str, Any]:
    return {"gold": gold.split(), "prediction": key, "score": score, "threshold": threshold}


def test_only_candidates_from_the_threshold_on_are_mined(score: Score) -> None:
    # Mined: a (right), b (wrong), e (right, exactly at the threshold); gold: a, c, d, e. F1 = 2 * 2 / (3 + 4).
    predictions = [
        pair("a", "a", 1.2),
        pair("", "b", 1.3),
        pair("c", "c", 1.0),
        pair("d", None, None),
        pair("e", "e", 1.1),
        pair("", None, None),
    ]
    assert score(MINING_F1, predictions) == pytest.approx(100 * 4 / 7)
    assert score(MINING_PRECISION, predictions) == pytest.approx(100 * 2 / 3)
    assert score(MINING_RECALL, predictions) == 50.0


def test_any_of_several_translations_is_right(score: Score) -> None:
    # Gold pairs 2, mined 1 and right: F1 = 2 / 3.
    assert score(MINING_F1, [pair("a b", "b", 2)]) == pytest.approx(200 / 3)


def test_nothing_mined_is_zero(score: Score) -> None:
    for metric in (MINING_F1, MINING_PRECISION, MINING_RECALL):
        assert score(metric, [pair("a", "a", 1.0)]) == 0.0
