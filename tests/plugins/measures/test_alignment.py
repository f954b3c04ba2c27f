"""Alignment: what translations have that other pairs have not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.measures import Measured

    Compute = Callable[..., Measured]


def test_translations_are_compared_with_all_other_pairs(compute: Compute) -> None:
    # Two source sentences, three target sentences of which the last has no source.
    states = [[2, 0], [0, 1], [1, 0], [3, 3], [-1, 0]]
    pairs = {"sides": [0, 0, 1, 1, 1], "pairs": [[0, 2], [1, 3]]}
    found = compute("alignment", embeddings=states, translations=pairs)
    half = 0.5**0.5
    others = [half, -1, 0, 0]  # 0-3, 0-4, 1-2, 1-4
    assert found.value == pytest.approx((1 + half) / 2 - np.mean(others), abs=1e-6)
    assert found.n == 2


def test_what_all_sentences_share_is_no_alignment(compute: Compute) -> None:
    draw = np.random.default_rng(0)
    count = 400
    pairs = {"sides": [0] * count + [1] * count, "pairs": [[i, count + i] for i in range(count)]}
    unrelated = draw.normal(size=(2 * count, 20)) + 10
    assert abs(compute("alignment", embeddings=unrelated, translations=pairs).value) < 0.01
    same = np.concatenate([unrelated[:count]] * 2)
    assert compute("alignment", embeddings=same, translations=pairs).value > 0.005
    centred = same - 10
    assert compute("alignment", embeddings=centred, translations=pairs).value == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    "pairs", [{"sides": [0, 1], "pairs": [[0, 1]]}, {"sides": [0, 1], "pairs": np.zeros((0, 2), np.int64)}]
)
def test_without_translations_or_other_pairs_there_is_none(compute: Compute, pairs: dict[str, object]) -> None:
    with raises_code("measure-undefined", "translations"):
        compute("alignment", embeddings=[[1, 0], [0, 1]], translations=pairs)
