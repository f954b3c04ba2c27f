from __future__ import annotations

import numpy as np
import pytest

from harness.kinds.search import retrieval
from harness.kinds.search.retrieval import centred, nearest, nearest_both


@pytest.fixture(params=[(8, 2), (8, 16), (3, 1), (64, 4)], ids=str)
def tiles(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several sizes, so that small cases take many tiles, and in them the ways that large ones take."""
    monkeypatch.setattr(retrieval, "TILE", request.param[0])
    monkeypatch.setattr(retrieval, "GROUP", request.param[1])


@pytest.mark.usefixtures("tiles")
@pytest.mark.parametrize("k", [1, 4, 30])
def test_neighbours_are_those_of_a_full_comparison(k: int) -> None:
    generator = np.random.default_rng(5)
    queries = generator.normal(size=(21, 6)).astype(np.float32) * generator.uniform(0.01, 100, (21, 1)).astype("f4")
    candidates = generator.normal(size=(30, 6)).astype(np.float32) * generator.uniform(0.01, 100, (30, 1)).astype("f4")
    found = nearest(queries, candidates, k)
    for query, indices, scores in zip(queries, found.indices, found.scores, strict=True):
        cosines = [query @ c / (np.linalg.norm(query) * np.linalg.norm(c)) for c in candidates.astype(np.float64)]
        assert indices.tolist() == np.argsort(-np.asarray(cosines))[:k].tolist()
        assert scores == pytest.approx(np.sort(cosines)[::-1][:k], abs=1e-5)


@pytest.mark.usefixtures("tiles")
@pytest.mark.parametrize("k", [1, 3])
def test_dot_products_are_not_scaled(k: int) -> None:
    generator = np.random.default_rng(7)
    queries, candidates = (generator.integers(-9, 9, (size, 5)).astype(np.float32) for size in (20, 33))
    found = nearest(queries, candidates, k, similarity="dot")
    # Whole numbers this small are exact in float32, and many are equal.
    for query, indices, scores in zip(queries, found.indices, found.scores, strict=True):
        products = [int(sum(int(a) * int(b) for a, b in zip(query, c, strict=True))) for c in candidates]
        assert indices.tolist() == sorted(range(33), key=lambda i: -products[i])[:k]
        assert scores.tolist() == sorted(products, reverse=True)[:k]


def test_a_long_candidate_is_nearer_by_dot_product_only() -> None:
    candidates = np.asarray([[1, 0], [9, 9]], np.float32)
    query = np.asarray([[2, 0]], np.float32)
    assert nearest(query, candidates, 1).indices.tolist() == [[0]]
    found = nearest(query, candidates, 1, similarity="dot")
    assert (found.indices.tolist(), found.scores.tolist()) == ([[1]], [[18]])


@pytest.mark.usefixtures("tiles")
@pytest.mark.parametrize("sizes", [(37, 61), (61, 37), (3, 40)])
def test_one_pass_finds_the_neighbours_of_both_sides(sizes: tuple[int, int]) -> None:
    generator = np.random.default_rng(8)
    # Clusters, one after the other: a tile of one and the same cluster is better than all before.
    centres = generator.normal(size=(5, 6))
    sides = [
        (3 * centres[np.sort(generator.integers(5, size=size))] + generator.normal(size=(size, 6))).astype(np.float32)
        for size in sizes
    ]
    forward, backward = nearest_both(sides[0], sides[1], 4)
    for found, (queries, candidates) in ((forward, sides), (backward, sides[::-1])):
        for query, indices, scores in zip(queries, found.indices, found.scores, strict=True):
            cosines = [query @ c / (np.linalg.norm(query) * np.linalg.norm(c)) for c in candidates.astype(np.float64)]
            assert indices.tolist() == np.argsort(-np.asarray(cosines))[:4].tolist()
            assert scores == pytest.approx(np.sort(cosines)[::-1][:4], abs=1e-6)


@pytest.mark.usefixtures("tiles")
def test_of_equal_vectors_the_first_are_nearest_on_both_sides() -> None:
    sides = np.ones((30, 4), np.float32), np.ones((50, 4), np.float32)
    for found in nearest_both(*sides, 4):
        assert (found.indices == [0, 1, 2, 3]).all()


def test_vectors_are_centred_on_their_mean() -> None:
    # The mean is (2, 1).
    assert centred(np.asarray([[1, 1], [3, 1]], np.float32)).tolist() == [[-1, 0], [1, 0]]


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


@pytest.mark.usefixtures("tiles")
def test_a_vector_that_is_not_a_number_comes_last() -> None:
    candidates = np.asarray([[np.nan, 1], [1, 2], [1, 0], [1, 1]], np.float32)
    found = nearest(np.asarray([[1, 0]], np.float32), candidates, 4)
    assert found.indices.tolist() == [[2, 3, 1, 0]]
    assert nearest(np.asarray([[1, 0]], np.float32), candidates, 2).indices.tolist() == [[2, 3]]
    # A query without any similarity has the first candidates.
    nothing = nearest(np.asarray([[np.nan, 0]], np.float32), candidates, 3)
    assert nothing.indices.tolist() == [[0, 1, 2]]
    assert np.isnan(nothing.scores).all()


def test_what_is_not_a_number_hides_no_other_candidate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval, "GROUP", 2)
    generator = np.random.default_rng(9)
    candidates = generator.normal(size=(40, 3)).astype(np.float32)
    bad = [1, 8, 9, 30]
    good = [i for i in range(40) if i not in bad]
    candidates[bad] = np.nan
    queries = generator.normal(size=(6, 3)).astype(np.float32)
    wanted = nearest(queries, candidates[good], 4).indices
    assert nearest(queries, candidates, 4).indices.tolist() == np.asarray(good)[wanted].tolist()


def test_the_size_of_tiles_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(6)
    queries, candidates = (generator.normal(size=(size, 4)).astype(np.float32) for size in (9, 50))
    whole = nearest(queries, candidates, 5)
    for tile in (1, 7):
        monkeypatch.setattr(retrieval, "TILE", tile)
        found = nearest(queries, candidates, 5)
        assert found.indices.tolist() == whole.indices.tolist()
        assert found.scores == pytest.approx(whole.scores, abs=1e-6)
