"""Ranks both ways, by tiles and blocks of several sizes, against a slow search with ties."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.kinds.search import both_ways, retrieval
from harness.kinds.search.both_ways import ranked_both


def quarters(generator: np.random.Generator, size: int) -> NDArray[np.float32]:
    """Four of eight ones each: cosines are quarters, exact in float32, and most are equal."""
    whole = np.tile(np.asarray([0, 0.5], np.float32).repeat(4), (size, 1))
    return generator.permuted(whole, axis=1)


@pytest.fixture(params=[1, 4, 2048])
def tile(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several sizes, so that small cases take many tiles and blocks."""
    for module in (retrieval, both_ways):
        monkeypatch.setattr(module, "TILE", request.param)


@pytest.mark.usefixtures("tile")
@pytest.mark.parametrize("rounded", [False, True])
def test_ranks_are_those_of_a_slow_search(rounded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(10)
    queries, candidates = quarters(generator, 40), quarters(generator, 13)
    # Some candidates are right for none.
    right = np.sort(generator.choice(12, 40))
    if rounded:
        # A first product that rounds otherwise than that of all.
        own = both_ways._own_similarities

        def other(*args: NDArray[np.float32]) -> NDArray[np.float32]:
            return np.nextafter(own(*args), np.float32(2))  # type: ignore[arg-type]

        monkeypatch.setattr(both_ways, "_own_similarities", other)
    found = ranked_both(queries, candidates, right, 6)
    similar = queries @ candidates.T
    assert len(np.unique(similar)) < 6
    for query, place in enumerate(right.tolist()):
        order = sorted(range(13), key=lambda one: -similar[query, one])
        assert found.neighbours.indices[query].tolist() == order[:6]
        assert found.neighbours.scores[query].tolist() == [similar[query, one] for one in order[:6]]
        assert found.ranks[query] == order.index(place) + 1
        back = sorted(range(40), key=lambda one: -similar[one, place])
        assert found.back[query] == back.index(query) + 1


def test_lengths_of_vectors_do_not_count() -> None:
    generator = np.random.default_rng(3)
    queries, candidates = (generator.standard_normal((size, 4)).astype(np.float32) for size in (9, 5))
    right = np.sort(generator.choice(5, 9))
    one = ranked_both(queries, candidates, right, 2)
    other = ranked_both(queries * 3, candidates * generator.uniform(1, 9, (5, 1)).astype(np.float32), right, 2)
    assert (one.ranks.tolist(), one.back.tolist()) == (other.ranks.tolist(), other.back.tolist())
