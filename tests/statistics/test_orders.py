"""All seeds of one recipe against all of another."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from scipy import stats

from harness.statistics.orders import almost_stochastic_order, improvement
from harness.statistics.refusal import CannotConclude

LOW = [70.0, 71.0, 72.0, 73.0, 74.0]
HIGH = [75.0, 76.0, 77.0, 78.0, 79.0]


def test_probability_of_improvement_counts_pairs() -> None:
    left, right = [71.0, 73.5, 72.0, 74.0, 70.0], [70.5, 72.0, 69.0, 73.0, 71.5, 70.0]
    wins = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in product(left, right)]
    assert improvement(left, right).statistic == pytest.approx(np.mean(wins))
    assert improvement(right, left).statistic == pytest.approx(1 - np.mean(wins))


def test_five_seeds_all_higher_are_the_exact_test() -> None:
    # Of the 252 orders of ten scores, two have all of one side first.
    assert improvement(HIGH, LOW).p == pytest.approx(2 / 252)
    assert improvement(HIGH, LOW).statistic == 1.0


def test_more_than_eight_seeds_a_side_are_the_exact_test_too() -> None:
    # Of the 92,378 orders of nineteen scores, two have all of one side first.
    left, right = [float(place) for place in range(9)], [float(place) for place in range(100, 110)]
    assert improvement(left, right).p == pytest.approx(2 / 92_378)


def test_scores_that_tie_have_the_test_of_normal_ranks() -> None:
    # One pair of 25 is a tie: 24.5 wins, 12 more than half. With the variance of ties,
    # 25 / 12 * (11 - 6 / 90) = 22.78, and a continuity correction of a half, z = (12 - 0.5) / 4.773 = 2.41.
    found = improvement([5.0, 6.0, 7.0, 8.0, 9.0], [1.0, 2.0, 3.0, 4.0, 5.0])
    assert found.p == pytest.approx(2 * stats.norm.sf(11.5 / (25 / 12 * (11 - 6 / 90)) ** 0.5))


def test_violation_is_nothing_all_or_half() -> None:
    assert almost_stochastic_order(HIGH, LOW).violation == almost_stochastic_order(HIGH, LOW).bound == 0.0
    assert almost_stochastic_order(LOW, HIGH).violation == 1.0
    around = almost_stochastic_order([-2.0, -1.0, 0.0, 1.0, 2.0], [-4.0, -2.0, 0.0, 2.0, 4.0])
    assert around.violation == pytest.approx(0.5)
    assert around.bound > 0.5


def test_violation_of_normal_scores_is_that_of_the_integral() -> None:
    # Quantiles of a are 1 higher and half as far apart: better where 1 > z / 2, that is, below z = 2.
    grid = (np.arange(2000) + 0.5) / 2000
    z = stats.norm.ppf(grid)
    expected = np.sum(np.where(z > 2, (1 - z / 2) ** 2, 0)) / np.sum((1 - z / 2) ** 2)
    found = almost_stochastic_order((1 + z / 2).tolist(), z.tolist(), resamples=10)
    assert found.violation == pytest.approx(expected, rel=1e-6)


def test_the_bound_is_one_sided() -> None:
    left, right = [-2.0, -1.0, 0.0, 1.0, 2.0], [-4.0, -2.0, 0.0, 2.0, 4.0]
    above = [
        found.bound - found.violation
        for level in (0.5, 0.6, 0.7)
        for found in [almost_stochastic_order(left, right, level=level, resamples=100)]
    ]
    # Normal quantiles of the levels themselves.
    assert above[0] == 0
    assert above[2] / above[1] == pytest.approx(0.5244 / 0.25335, rel=1e-3)


def test_sides_of_other_lengths() -> None:
    # Quantiles of [0, 1] against [0, 0, 1, 1, 1 ...]: exact steps at halves and sixths.
    left, right = [0.0] * 3 + [1.0] * 3, [0.0] * 2 + [1.0] * 3
    found = almost_stochastic_order(left, right, resamples=10)
    assert found.violation == 1.0


def test_bound_holds_for_two_samples_of_one_recipe() -> None:
    # Where both are alike, the violation is a half; a claim is a bound below 0.2.
    rng = np.random.default_rng(0)
    claims = [
        almost_stochastic_order(rng.normal(size=10).tolist(), rng.normal(size=10).tolist(), resamples=100).bound < 0.2
        for _ in range(200)
    ]
    assert np.mean(claims) < 0.12


@pytest.mark.parametrize("compare", [improvement, almost_stochastic_order])
@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        (LOW[:4], HIGH, "needs five seeds on each side or more, not four"),
        (LOW, [*HIGH[:4], float("nan")], "not finite"),
        ([1.0] * 5, [1.0] * 6, "ties"),
    ],
)
def test_what_cannot_be_concluded(
    compare: Callable[[list[float], list[float]], object], left: list[float], right: list[float], why: str
) -> None:
    with pytest.raises(CannotConclude, match=why):
        compare(left, right)
