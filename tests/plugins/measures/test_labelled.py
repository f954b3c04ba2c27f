"""LogME and H-score of labelled embeddings, beside the density and the correlations that they stand for."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.linalg
import scipy.stats

from harness.kinds.features import IGNORED, FeatureBuilder, Features
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from harness.measures import Measured

    Compute = Callable[..., Measured]


def classified(labels: Iterable[int]) -> Features:
    builder = FeatureBuilder()
    for index, label in enumerate(labels):
        builder.sequence([5])
        builder.end_unit(index, label=int(label))
    return builder.build()


# The authors' program (thuml/LogME 56551ca) gives this for these embeddings and labels.
THEIRS = -0.53579
STATES = np.array(
    [[np.sin(3 * i + j * j + 1) + (0.7 if i % 3 == j else 0) for j in range(4)] for i in range(24)], np.float32
)
LABELS = [i % 3 for i in range(24)]


def test_logme_is_what_the_authors_program_gives(compute: Compute) -> None:
    found = compute("logme", embeddings=STATES, rows=classified(LABELS))
    assert found.value == pytest.approx(THEIRS, abs=2e-4)
    assert found.n == 24


@pytest.mark.parametrize(("rows", "dimensions"), [(40, 5), (12, 30)])
def test_logme_is_the_highest_density_of_the_labels(compute: Compute, rows: int, dimensions: int) -> None:
    draw = np.random.default_rng(7)
    states = draw.normal(size=(rows, dimensions)).astype(np.float32)
    labels = (states[:, 0] + draw.normal(size=rows) > 0).astype(int)

    def density(logs: tuple[float, float], targets: NDArray[np.float64]) -> float:
        prior, noise = np.exp(logs)
        covariance = np.eye(rows) / noise + states.astype(np.float64) @ states.T / prior
        return float(scipy.stats.multivariate_normal(np.zeros(rows), covariance).logpdf(targets)) / rows

    grid = list(itertools.product(np.arange(-4, 12), np.arange(-4, 12, 0.5)))
    best = [max(density(logs, np.asarray(labels == label, float)) for logs in grid) for label in (0, 1)]
    found = compute("logme", embeddings=states, rows=classified(labels))
    assert found.value == pytest.approx(np.mean(best), abs=0.01)


def test_embeddings_that_fit_the_labels_have_the_higher_logme_and_h_score(compute: Compute) -> None:
    draw = np.random.default_rng(8)
    labels = draw.integers(3, size=300)
    noise = draw.normal(size=(300, 10))
    for name in ("logme", "h-score"):
        unfit, fit = (
            compute(name, embeddings=noise + strength * np.eye(10)[labels], rows=classified(labels)).value
            for strength in (0, 2)
        )
        assert fit > unfit + 0.2


def test_h_score_of_two_classes_on_a_line(compute: Compute) -> None:
    # Means 1 and 5 about 3, variance of all 4 + 1: the share of the variance that is between the classes.
    found = compute("h-score", embeddings=[[0], [2], [4], [6]], rows=classified([0, 0, 1, 1]))
    assert found.value == pytest.approx(4 / 5)


def test_h_score_is_the_sum_of_squared_canonical_correlations(compute: Compute) -> None:
    draw = np.random.default_rng(9)
    labels = draw.integers(4, size=9_000)
    states = draw.normal(size=(9_000, 3)) @ np.diag([1, 2, 3]) + draw.normal(size=(4, 3))[labels]
    one, other = states - states.mean(0), np.eye(4)[labels] - np.eye(4)[labels].mean(0)
    correlations = np.cos(scipy.linalg.subspace_angles(one, other[:, :3]))
    found = compute("h-score", embeddings=states, rows=classified(labels))
    # With rows this many nothing is shrunk, almost.
    assert found.value == pytest.approx((correlations**2).sum(), rel=0.01)


def test_h_score_of_random_labels_is_low_even_where_rows_are_fewer_than_dimensions(compute: Compute) -> None:
    draw = np.random.default_rng(10)
    found = compute("h-score", embeddings=draw.normal(size=(50, 200)), rows=classified(draw.integers(2, size=50)))
    # Without shrinking it would be 1, as high as can be.
    assert found.value < 0.2


def test_choices_are_right_or_wrong_and_tags_belong_to_words(compute: Compute) -> None:
    choices = FeatureBuilder()
    for index, right in enumerate((1, 0)):
        choices.sequence([5])
        choices.sequence([6])
        choices.end_unit(index, label=right)
    # Sequences: wrong, right, right, wrong.
    tags = FeatureBuilder()
    tags.sequence([1, 5, 6, 7, 2], tag=[IGNORED, 0, IGNORED, 1, IGNORED])
    tags.sequence([1, 8, 2], tag=[IGNORED, 1, IGNORED])
    tags.end_unit(0)
    words = [[90], [-1], [70], [1], [90], [90], [2], [90]]
    chosen = compute("h-score", embeddings=[[0], [4], [6], [2]], rows=choices.build())
    tagged = compute("h-score", embeddings=words, rows=tags.build())
    assert chosen.value == pytest.approx(4 / 5)
    assert chosen.n == 4
    # Tag 0 at -1, tag 1 at 1 and 2.
    values = np.array([-1.0, 1, 2])
    between = (1 * (-1 - 2 / 3) ** 2 + 2 * (1.5 - 2 / 3) ** 2) / 3
    assert tagged.value == pytest.approx(between / values.var())
    assert tagged.n == 3


def test_rows_without_label_do_not_count(compute: Compute) -> None:
    labels = [0, 0, 1, 1, IGNORED]
    found = compute("h-score", embeddings=[[0], [2], [4], [6], [99]], rows=classified(labels))
    assert found.value == pytest.approx(4 / 5)
    assert found.n == 4


@pytest.mark.parametrize("name", ["logme", "h-score"])
def test_one_class_or_embeddings_without_difference_are_refused(compute: Compute, name: str) -> None:
    with raises_code("measure-undefined", "1"):
        compute(name, embeddings=STATES, rows=classified([2] * 24))
    with raises_code("measure-undefined"):
        compute(name, embeddings=STATES * 0, rows=classified(LABELS))
