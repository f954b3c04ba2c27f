"""Student's t intervals over seeds."""

from __future__ import annotations

import random
from statistics import fmean

import pytest
from scipy import stats

from harness.statistics.intervals import OTHER_LANGUAGES, OTHER_SEEDS, t_interval, welch_interval
from harness.statistics.refusal import CannotConclude


def test_t_interval_worked_example() -> None:
    # Mean 72, standard deviation 1, two degrees of freedom: half = 4.30265 / sqrt(3) = 2.48414.
    interval = t_interval([71.0, 72.0, 73.0])
    assert (interval.low, interval.high) == pytest.approx((69.51586, 74.48414), abs=1e-5)
    assert (interval.level, interval.method, interval.answers) == (0.95, "t", OTHER_SEEDS)
    assert t_interval([71.0, 73.0], answers=OTHER_LANGUAGES).answers == OTHER_LANGUAGES


def test_coverage_of_three_seeds() -> None:
    draw = random.Random(0)
    covered = [
        interval.low <= 70 <= interval.high
        for interval in (t_interval([draw.gauss(70, 2) for _ in range(3)]) for _ in range(2000))
    ]
    # Three standard errors of 2,000 samples of 95 % are 1.5 points.
    assert fmean(covered) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("values", [[], [70.0]])
def test_one_seed_says_nothing_about_others(values: list[float]) -> None:
    with pytest.raises(CannotConclude, match="needs two seeds or more"):
        t_interval(values)


def test_scores_that_are_no_numbers_say_nothing() -> None:
    with pytest.raises(CannotConclude, match="not finite"):
        t_interval([70.0, float("nan")])


def test_unpaired_seeds_are_scipy_s_welch() -> None:
    left, right = [71.0, 74.5, 73.2], [70.1, 70.4, 69.7, 70.9, 70.2]
    ours = welch_interval(left, right, level=0.9)
    theirs = stats.ttest_ind(left, right, equal_var=False).confidence_interval(0.9)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))


def test_unpaired_seeds_without_spread_say_nothing() -> None:
    with pytest.raises(CannotConclude, match="same value"):
        welch_interval([70.0, 70.0], [71.0, 71.0])
