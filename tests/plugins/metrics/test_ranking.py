"""Average precision and reciprocal rank among the best twenty candidates."""

from __future__ import annotations

from typing import Any

import pytest
from harness_plugins.metrics.ranking import MAP_AT_20, MRR_AT_20, RECALLS

from harness.kinds.sentence_similarity import CANDIDATES
from tests.plugins.metrics.conftest import Score


def ranked(*keys: str, gold: list[str]) -> dict[str, Any]:
    candidates = [{"key": key, "score": -float(rank)} for rank, key in enumerate(keys)]
    return {"gold": gold, "prediction": keys[0], "candidates": candidates}


FILLER = [f"wrong{i}" for i in range(30)]


@pytest.mark.parametrize(
    ("keys", "gold", "average_precision", "reciprocal_rank"),
    [
        # Right at ranks 1 and 4 of 2 right ones: (1/1 + 2/4) / 2.
        (["a", "x", "y", "b"], ["a", "b"], 0.75, 1.0),
        # Right at ranks 2 and 3, a third never found: (1/2 + 2/3) / 3.
        (["x", "a", "b", "y"], ["a", "b", "c"], (1 / 2 + 2 / 3) / 3, 1 / 2),
        (["x", "y"], ["a"], 0.0, 0.0),
        # A right candidate that comes again is found once: (1/1) / 2.
        (["a", "a", "x"], ["a", "b"], 0.5, 1.0),
        # Rank 20 counts, rank 21 does not.
        ([*FILLER[:19], "a"], ["a"], 1 / 20, 1 / 20),
        ([*FILLER[:20], "a"], ["a"], 0.0, 0.0),
        # 25 right ones, all of the best twenty are right: 20 / min(25, 20).
        ([f"r{i}" for i in range(25)], [f"r{i}" for i in range(25)], 1.0, 1.0),
        # 25 right ones, the first found at rank 10: (1/10) / 20.
        ([*FILLER[:9], "r0", *FILLER[9:19]], [f"r{i}" for i in range(25)], 1 / 200, 1 / 10),
    ],
)
def test_one_query(
    keys: list[str], gold: list[str], average_precision: float, reciprocal_rank: float, score: Score
) -> None:
    prediction = ranked(*keys, gold=gold)
    assert score(MAP_AT_20, [prediction]) == pytest.approx(100 * average_precision)
    assert score(MRR_AT_20, [prediction]) == pytest.approx(100 * reciprocal_rank)


def test_queries_count_alike(score: Score) -> None:
    predictions = [ranked("a", gold=["a"]), ranked("x", "y", "z", "a", gold=["a"])]
    # By hand: first right at rank 1, and at rank 4.
    assert score(MRR_AT_20, predictions) == score(MAP_AT_20, predictions) == 62.5


def test_recall_is_the_share_of_right_candidates_among_the_best(score: Score) -> None:
    recall = {metric.name: metric for metric in RECALLS}
    # Right at ranks 1, 5 and 11 of four right ones; none of one; nothing to find counts as nothing found.
    keys = ["a", *FILLER[:3], "b", *FILLER[3:8], "c"]
    predictions = [ranked(*keys, gold=["a", "b", "c", "d"]), ranked("x", gold=["a"]), ranked("x", gold=[])]
    assert score(recall["recall_at_1"], predictions) == pytest.approx(100 * (1 / 4) / 3)
    assert score(recall["recall_at_5"], predictions) == pytest.approx(100 * (2 / 4) / 3)
    assert score(recall["recall_at_10"], predictions) == pytest.approx(100 * (2 / 4) / 3)
    assert score(recall["recall_at_20"], predictions) == pytest.approx(100 * (3 / 4) / 3)


def test_recall_is_offered_where_as_many_candidates_are_stored() -> None:
    kinds = {metric.name: set(metric.kinds) for metric in RECALLS}
    both = {"text-retrieval", "sentence-similarity"}
    assert CANDIDATES == 10
    assert kinds == {
        "recall_at_1": both,
        "recall_at_5": both,
        "recall_at_10": both,
        "recall_at_20": {"text-retrieval"},
    }
