"""Similarities of two tasks, by hand and by closed forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.spatial.distance
from harness_plugins.measures import mmd

from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.measures import Measured

    Compute = Callable[..., Measured]

DRAW = np.random.default_rng(11)


def compared(one: Any, other: Any, *others: Any) -> dict[str, Any]:
    """Results as a measure gets them, of which the first two are those of the pair."""
    among = {f"task {number}": states for number, states in enumerate((one, other, *others))}
    return {"intermediate": one, "target": other, **among}


def test_textemb_is_the_cosine_of_means(compute: Compute) -> None:
    found = compute("text-embedding", intermediate=[[4, 0], [2, 2], [0, 1]], target=[[0, 5]])
    assert found.value == pytest.approx(0.5**0.5 * (3 / 6) / (0.5 * 0.5**0.5 * 5**0.5))
    assert found.n == 4


def test_semb_takes_off_what_all_tasks_share(compute: Compute) -> None:
    # Task means about their own mean, which is (9, 9): to the right, up, and left and down.
    right, up, other = [[12, 9], [10, 9]], [[9, 11]], [[7, 7]]
    found = compute("sentence-embedding", **compared(right, up, other))
    assert found.value == pytest.approx(0, abs=1e-6)
    opposite = compute("sentence-embedding", **compared(right, other, up))
    assert opposite.value == pytest.approx(-(0.5**0.5))
    assert compute("text-embedding", intermediate=right, target=up).value > 0.98


def test_semb_of_two_tasks_is_refused(compute: Compute) -> None:
    with raises_code("measure-undefined", "3"):
        compute("sentence-embedding", **compared([[1, 2]], [[3, 4]]))
    with raises_code("measure-undefined", "0"):
        compute("sentence-embedding", **compared([[2, 2]], [[3, 3]], [[1, 1]]))


def test_mmd_of_gaussians_is_that_of_the_closed_form(compute: Compute) -> None:
    count, dimensions = 1_500, 3
    shift = np.array([1.5, 0, 0])
    one, other = DRAW.normal(size=(count, dimensions)), DRAW.normal(size=(count, dimensions)) + shift
    found = compute("mmd", **compared(one, other))
    # The median is over pairs within the two and between them.
    variance = mmd.median_distance([one, other]) ** 2
    assert variance == pytest.approx(
        np.median(scipy.spatial.distance.pdist(np.concatenate([one, other]))) ** 2, rel=0.05
    )
    peak = (variance / (variance + 2)) ** (dimensions / 2)
    assert found.value == pytest.approx(2 * peak * (1 - np.exp(-(shift @ shift) / 2 / (variance + 2))), abs=0.01)
    assert found.n == 2 * count


def test_mmd_by_hand() -> None:
    one, other = np.array([[0.0], [1.0]]), np.array([[1.0], [3.0], [4.0]])

    def k(distance: float) -> float:
        return float(np.exp(-(distance**2) / 8))

    within, beyond = k(1), (k(2) + k(3) + k(1)) / 3
    across = (k(1) + k(3) + k(4) + k(0) + k(2) + k(3)) / 6
    assert mmd.squared_mmd(one, other, 2.0) == pytest.approx(within + beyond - 2 * across)


def test_the_median_distance_is_of_different_embeddings() -> None:
    # Of 0, 1, 3 and 7 the distances are 1, 2, 3, 4, 6 and 7.
    assert mmd.median_distance([np.array([[0.0], [1.0]]), np.array([[3.0], [7.0]])]) == pytest.approx(3.5)


def test_mmd_of_one_distribution_is_about_0_and_of_far_ones_about_2(compute: Compute) -> None:
    states = DRAW.normal(size=(800, 4))
    assert abs(compute("mmd", **compared(states[:400], states[400:])).value) < 0.01
    assert compute("mmd", **compared(states[:4] / 1e3, states[:4] / 1e3 + 1e3)).value > 0.7


def test_the_width_is_shared_by_all_tasks(compute: Compute) -> None:
    near = compared([[0.0], [1.0]], [[2.0], [3.0]])
    far = compared([[0.0], [1.0]], [[2.0], [3.0]], [[90.0], [300.0]], [[-90.0], [-300.0]])
    assert compute("mmd", **far).value < 0.01 < 0.1 < compute("mmd", **near).value


@pytest.mark.parametrize("states", [[[1.0, 2.0]], [[1.0, 2.0]] * 3])
def test_mmd_of_one_row_or_of_equal_rows_is_refused(compute: Compute, states: list[list[float]]) -> None:
    with raises_code("measure-undefined"):
        compute("mmd", **compared(states, states))


@pytest.mark.parametrize(
    ("one", "other", "bits"),
    [([4, 2], [2, 1], 0), ([3, 0], [0, 1], 1), ([1, 1, 0], [0, 5, 5], 0.5), ([5, 0, 0, 0], [1, 1, 1, 1], 0.5488)],
)
def test_vocabularies_diverge_in_bits(compute: Compute, one: list[int], other: list[int], bits: float) -> None:
    found = compute("vocabulary-divergence", intermediate={"counts": one}, target={"counts": other})
    assert found.value == pytest.approx(bits, abs=1e-4)
    assert found.n == sum(other)
    assert found.value == pytest.approx(scipy.spatial.distance.jensenshannon(one, other, base=2) ** 2, abs=1e-9)


def test_texts_without_known_tokens_have_no_divergence(compute: Compute) -> None:
    with raises_code("measure-undefined", "tokens"):
        compute("vocabulary-divergence", intermediate={"counts": [0, 0]}, target={"counts": [1, 2]})


def test_taskemb_counts_every_layer_alike(compute: Compute) -> None:
    # No parameter outside layers; layer 1 the same but for scale, 2 and 4 orthogonal, layer 3 of no use to one.
    offsets = [0, 0, 2, 4, 5, 7]
    one = {"information": np.array([1, 2, 1e-6, 0, 0, 5, 0], np.float32), "offsets": offsets}
    other = {"information": np.array([200, 400, 0, 3, 8, 0, 1], np.float32), "offsets": offsets}
    found = compute("task-embedding", intermediate=one, target=other)
    assert found.value == pytest.approx((1 + 0 + 0) / 3)
    assert found.n == 3
    nothing = {"information": np.zeros(7, np.float32), "offsets": offsets}
    with raises_code("measure-undefined", "layer"):
        compute("task-embedding", intermediate=nothing, target=other)
