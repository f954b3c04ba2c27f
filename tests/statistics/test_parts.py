"""Scores by the populations that they are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from harness.metrics import f1_from_counts, percent_of_items
from harness.statistics.parts import Part, Parts
from harness.statistics.refusal import CannotConclude


def test_units_are_shared_within_a_population() -> None:
    english = Part(statistics=[[1.0], [0.0], [1.0]], value=percent_of_items, units=["a", "b", "c"])
    german = Part(statistics=[[1.0], [1.0]], value=percent_of_items, units=["c", "a"])
    alone = Part(statistics=[[0.0], [1.0]], value=percent_of_items)
    other = Part(statistics=[[0.0]] * 4, value=percent_of_items, units=["a", "a", "b", "b"], population="other")
    parts = Parts.of([english, german, alone, other])
    assert [len(population.table) for population in parts.populations] == [3, 2, 2]
    shared = parts.populations[0]
    # Right and number of items, of English, then of German, which lacks b.
    assert shared.table.tolist() == [[1, 1, 1, 1], [0, 1, 0, 0], [1, 1, 1, 1]]
    assert parts.populations[2].table.tolist() == [[0, 2], [0, 2]]
    assert parts.whole().tolist() == [[pytest.approx(200 / 3), 100.0, 50.0, 0.0]]


def test_a_sample_without_items_has_no_score() -> None:
    parts = Parts.of([Part(statistics=[[1.0], [0.0]], value=percent_of_items)])
    scores = np.empty((2, 1))
    parts.scores(parts.populations[0], np.array([[0.0, 0.0], [1.0, 2.0]]), scores)
    assert np.isnan(scores[0, 0])
    assert scores[1, 0] == 50.0


def by_branches(sums: Sequence[float], n: int) -> float:
    return 100 * sums[0] / n if sums[0] else 0.0


def by_the_smaller(sums: Sequence[float], n: int) -> float:
    return min(sums[0], n / 2)


def by_all_samples(sums: Sequence[float], n: int) -> float:
    """Of arrays of sums it is something else than of the sums of each sample."""
    return float(np.max(sums[0])) + 0 * np.asarray(n)  # type: ignore[return-value]


@pytest.mark.parametrize("value", [percent_of_items, f1_from_counts, by_branches, by_the_smaller, by_all_samples])
def test_scores_of_many_samples_are_those_of_each(value: Any) -> None:
    generator = np.random.default_rng(0)
    k = 3 if value is f1_from_counts else 1
    parts = Parts.of([Part(statistics=np.ones((9, k)), value=value)])
    sums = np.hstack([generator.integers(4, size=(500, k)), np.full((500, 1), 9.0)])
    scores = np.empty((500, 1))
    parts.scores(parts.populations[0], sums, scores)
    assert scores[:, 0].tolist() == [float(value(row[:-1], int(row[-1]))) for row in sums.tolist()]


@pytest.mark.parametrize(
    ("statistics", "why"),
    [(np.zeros((0, 2)), "no items"), ([[1.0], [float("nan")]], "not finite")],
)
def test_what_cannot_be_concluded(statistics: list[list[float]], why: str) -> None:
    with pytest.raises(CannotConclude, match=why):
        Parts.of([Part(statistics=statistics, value=percent_of_items)])


def test_arrays_must_fit_together() -> None:
    with pytest.raises(ValueError, match="one row of numbers per item"):
        Parts.of([Part(statistics=[1.0, 0.0], value=percent_of_items)])
    with pytest.raises(ValueError, match="1 labels of units for 2 items"):
        Parts.of([Part(statistics=[[1.0], [0.0]], value=percent_of_items, units=["a"])])
    with pytest.raises(CannotConclude, match="no scores"):
        Parts.of([])
