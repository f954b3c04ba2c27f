from __future__ import annotations

from typing import Any

import pytest

from harness.evaluation.score import ScoreError, cluster_name, item_scores
from harness.registry import Registry

REGISTRY = Registry()
ACCURACY = REGISTRY.metric("accuracy")


def predictions(golds: list[Any], guesses: list[Any], **fields: list[Any]) -> list[dict[str, Any]]:
    rows = [{"gold": gold, "prediction": guess} for gold, guess in zip(golds, guesses, strict=True)]
    return [row | {name: values[i] for name, values in fields.items()} for i, row in enumerate(rows)]


def test_a_score_is_in_percent_within_its_interval() -> None:
    scores = item_scores(ACCURACY, predictions(["a", "b"] * 50, ["a"] * 100))
    interval = scores.interval()
    assert scores.value == 50
    assert 38 < interval.low < 42
    assert 58 < interval.high < 62


def test_items_of_a_cluster_are_drawn_together() -> None:
    golds, guesses = ["a", "b"] * 60, ["a", "x"] * 30 + ["x", "b"] * 30
    alone = item_scores(ACCURACY, predictions(golds, guesses))
    assert alone.clusters is None
    together = item_scores(ACCURACY, predictions(golds, guesses, cluster=[f"c{i % 2}{i // 60}" for i in range(120)]))
    assert together.clusters is not None
    assert len(set(together.clusters.tolist())) == 4
    assert together.value == alone.value
    wide, narrow = together.interval(), alone.interval()
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_a_gain_over_itself_is_nothing() -> None:
    scores = item_scores(ACCURACY, predictions(["a", "b"] * 30, ["a", "a", "b"] * 20))
    gain = scores.gain_interval(scores)
    assert (gain.low, gain.high) == (0, 0)


def test_hidden_labels_are_refused() -> None:
    with pytest.raises(ScoreError, match="all 50 gold labels are 'neutral'"):
        item_scores(ACCURACY, predictions(["neutral"] * 50, ["neutral", "else"] * 25))
    with pytest.raises(ScoreError, match="no predictions"):
        item_scores(ACCURACY, [])
    assert item_scores(ACCURACY, predictions(["neutral"] * 49, ["neutral"] * 49)).value == 100
    assert item_scores(REGISTRY.metric("squad_f1"), predictions([["fox"]] * 60, ["fox"] * 60)).value == 100


def test_equal_texts_have_one_cluster_name() -> None:
    assert cluster_name("北京") == cluster_name("北京") != cluster_name("北京 ")
    assert len(cluster_name("")) == 12
