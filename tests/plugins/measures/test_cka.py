"""CKA with the unbiased estimate of HSIC, beside its definition over all quadruples of rows."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.measures import Measured

    Compute = Callable[..., Measured]

DRAW = np.random.default_rng(5)
NOW, BEFORE = DRAW.normal(size=(7, 3)) + 2, DRAW.normal(size=(7, 4)) - 1
BEFORE[:, :2] += NOW[:, :2]


def hsic(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The U-statistic of Song et al. 2012 (theorem 2): the mean over quadruples of different rows."""
    k, m = one @ one.T, other @ other.T
    terms = [k[i, j] * (m[i, j] + m[q, r] - 2 * m[i, q]) for i, j, q, r in itertools.permutations(range(len(one)), 4)]
    return float(np.mean(terms))


def test_it_is_that_of_the_definition(compute: Compute) -> None:
    expected = hsic(NOW, BEFORE) / np.sqrt(hsic(NOW, NOW) * hsic(BEFORE, BEFORE))
    found = compute("cka", now=NOW, before=BEFORE)
    assert found.value == pytest.approx(expected, rel=1e-5)
    assert found.n == 7


def test_rotation_scale_and_shift_change_nothing(compute: Compute) -> None:
    states = DRAW.normal(size=(50, 6))
    rotated = states @ np.linalg.qr(DRAW.normal(size=(6, 6)))[0] * 3 + 4
    assert compute("cka", now=rotated, before=states).value == pytest.approx(1, abs=1e-6)


def test_unrelated_embeddings_have_none_even_where_rows_are_fewer_than_dimensions(compute: Compute) -> None:
    values = [
        compute("cka", now=DRAW.normal(size=(40, 200)), before=DRAW.normal(size=(40, 200))).value for _ in range(20)
    ]
    # The biased estimate is 0.83 here.
    assert abs(np.mean(values)) < 0.05


@pytest.mark.parametrize("states", [np.eye(3), np.ones((9, 3))])
def test_what_does_not_vary_or_is_too_little_has_none(compute: Compute, states: NDArray[np.float64]) -> None:
    with raises_code("measure-undefined", len(states)):
        compute("cka", now=states, before=DRAW.normal(size=(len(states), 2)))
