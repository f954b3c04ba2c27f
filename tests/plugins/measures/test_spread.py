"""How embeddings lie in their space: anisotropy, isotropy and hubness, by hand and by other formulas."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats

from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.measures import Measured

    Compute = Callable[..., Measured]

ONE = np.ones((1, 4))
SAME = np.ones((30, 4))


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([[1, 0], [1, 0], [2, 0]], 1.0),
        ([[1, 0], [-1, 0]], -1.0),
        ([[1, 0], [0, 1]], 0.0),
        ([[1, 0], [1, 1]], 0.5**0.5),
        ([[1, 0], [0, 0]], 0.0),
    ],
)
def test_anisotropy_is_the_mean_cosine_of_pairs(compute: Compute, states: list[list[float]], expected: float) -> None:
    assert compute("anisotropy", embeddings=states).value == pytest.approx(expected, abs=1e-6)


def corners(used: int, dimensions: int) -> NDArray[np.float64]:
    """Points that vary alike in some dimensions and not at all in the others; about a mean that is far from 0."""
    points = np.zeros((2**used, dimensions))
    points[:, :used] = list(itertools.product((-1, 1), repeat=used))
    return points + 7


@pytest.mark.parametrize(("used", "dimensions"), [(1, 4), (2, 4), (4, 4), (3, 20)])
def test_isotropy_is_the_share_of_dimensions_in_use(compute: Compute, used: int, dimensions: int) -> None:
    found = compute("isotropy", embeddings=corners(used, dimensions))
    assert found.value == pytest.approx((used - 1) / (dimensions - 1), abs=1e-6)
    assert found.n == 2**used


@pytest.mark.parametrize("rows", [200, 6])
def test_isotropy_is_that_of_the_algorithm_in_the_paper(compute: Compute, rows: int) -> None:
    states = np.random.default_rng(3).normal(size=(rows, 8)).astype(np.float32) * np.geomspace(1, 9, 8)
    states = states.astype(np.float32) @ np.linalg.qr(np.random.default_rng(4).normal(size=(8, 8)))[0]
    d = states.shape[1]
    variances = np.linalg.eigvalsh(np.cov(states.T))
    normalised = np.sqrt(d) * variances / np.linalg.norm(variances)
    defect = np.linalg.norm(normalised - 1) / np.sqrt(2 * (d - np.sqrt(d)))
    fraction = (d - defect**2 * (d - np.sqrt(d))) ** 2 / d**2
    assert compute("isotropy", embeddings=states).value == pytest.approx((d * fraction - 1) / (d - 1), rel=1e-5)


def test_hubness_counts_among_how_many_others_nearest_each_one_is(compute: Compute) -> None:
    # On a circle: 12 directions near each other, and 4 pairs far from them whose 10 nearest are mostly the 12.
    angles = np.concatenate([np.linspace(0, 0.55, 12), [1.5, 1.51, 2.2, 2.21, 3.0, 3.01, -1.5, -1.51]])
    counts = [0] * len(angles)
    for one in range(len(angles)):
        others = sorted(set(range(len(angles))) - {one}, key=lambda other: -np.cos(angles[one] - angles[other]))
        for other in others[:10]:
            counts[other] += 1
    states = np.stack([np.cos(angles), np.sin(angles)], 1) * np.arange(1, 21)[:, None]
    found = compute("hubness", embeddings=states)
    assert found.value == pytest.approx(scipy.stats.skew(counts), rel=1e-6)
    assert found.n == 20


def test_hubness_of_one_hub(compute: Compute) -> None:
    # The mean of 30 orthogonal directions is the nearest of each; of the others the first nine come next.
    states = np.concatenate([np.eye(30), np.ones((1, 30))])
    nearest_of = [[30, *[i for i in range(30) if i != one][:9]] for one in range(30)] + [list(range(10))]
    counts = np.bincount(np.concatenate(nearest_of), minlength=31)
    assert counts.max() == 30
    assert compute("hubness", embeddings=states).value == pytest.approx(scipy.stats.skew(counts))


def test_hubness_does_not_depend_on_blocks(compute: Compute, monkeypatch: pytest.MonkeyPatch) -> None:
    states = np.random.default_rng(1).normal(size=(57, 5))
    whole = compute("hubness", embeddings=states).value
    monkeypatch.setattr("harness_plugins.measures.hubness.BLOCK", 10)
    assert compute("hubness", embeddings=states).value == pytest.approx(whole)


@pytest.mark.parametrize(
    ("name", "states", "word"),
    [
        ("anisotropy", ONE, "1"),
        ("isotropy", ONE, "vary"),
        ("isotropy", SAME, "vary"),
        ("isotropy", [[1.0], [2.0]], "dimension"),
        ("hubness", np.eye(10), "10"),
        ("hubness", np.stack([np.cos(np.arange(24) * np.pi / 12), np.sin(np.arange(24) * np.pi / 12)], 1), "equally"),
    ],
)
def test_what_has_no_spread_is_refused(compute: Compute, name: str, states: NDArray[np.float64], word: str) -> None:
    with raises_code("measure-undefined", word):
        compute(name, embeddings=states)
