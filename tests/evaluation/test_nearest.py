from __future__ import annotations

import numpy as np
import pytest

from harness.evaluation import retrieval
from harness.evaluation.retrieval import nearest


@pytest.mark.parametrize("k", [1, 4, 30])
def test_neighbours_are_those_of_a_full_comparison(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval, "BLOCK", 8)
    generator = np.random.default_rng(5)
    queries = generator.normal(size=(21, 6)).astype(np.float32) * generator.uniform(0.01, 100, (21, 1)).astype("f4")
    candidates = generator.normal(size=(30, 6)).astype(np.float32) * generator.uniform(0.01, 100, (30, 1)).astype("f4")
    found = nearest(queries, candidates, k)
    for query, indices, scores in zip(queries, found.indices, found.scores, strict=True):
        cosines = [query @ c / (np.linalg.norm(query) * np.linalg.norm(c)) for c in candidates.astype(np.float64)]
        assert indices.tolist() == np.argsort(-np.asarray(cosines))[:k].tolist()
        assert scores == pytest.approx(np.sort(cosines)[::-1][:k], abs=1e-5)


def test_equal_scores_keep_the_order_of_the_candidates() -> None:
    candidates = np.asarray([[0, 1], [2, 0], [0, 3], [5, 0], [0, 0.5]], np.float32)
    found = nearest(np.asarray([[0, 7], [1, 0]], np.float32), candidates, 4)
    assert found.indices.tolist() == [[0, 2, 4, 1], [1, 3, 0, 2]]


def test_fewer_candidates_than_asked_for_are_all_returned() -> None:
    found = nearest(np.ones((2, 3), np.float32), np.eye(3, dtype=np.float32)[:2], 10)
    assert found.indices.tolist() == [[0, 1], [0, 1]]
    assert found.scores.shape == (2, 2)


def test_a_vector_of_zeros_is_similar_to_nothing() -> None:
    found = nearest(np.zeros((1, 2), np.float32), np.asarray([[0, 0], [1, 0]], np.float32), 2)
    assert found.scores.tolist() == [[0, 0]]


def test_a_vector_that_is_not_a_number_comes_last() -> None:
    candidates = np.asarray([[np.nan, 1], [1, 2], [1, 0], [1, 1]], np.float32)
    found = nearest(np.asarray([[1, 0]], np.float32), candidates, 4)
    assert found.indices.tolist() == [[2, 3, 1, 0]]
    assert nearest(np.asarray([[1, 0]], np.float32), candidates, 2).indices.tolist() == [[2, 3]]


def test_many_candidates_are_compared_with_few_queries_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(6)
    queries, candidates = (generator.normal(size=(size, 4)).astype(np.float32) for size in (9, 50))
    whole = nearest(queries, candidates, 5)
    # Room for 2 queries at a time, then for less than 1.
    for cells in (101, 20):
        monkeypatch.setattr(retrieval, "CELLS", cells)
        found = nearest(queries, candidates, 5)
        assert found.indices.tolist() == whole.indices.tolist()
        assert found.scores == pytest.approx(whole.scores, abs=1e-6)
