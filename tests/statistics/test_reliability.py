"""How well a criterion picks among candidates."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy import stats

from harness.statistics.refusal import CannotConclude
from harness.statistics.reliability import (
    Correlation,
    disattenuated,
    kendall,
    pearson,
    picked,
    regret,
    spearman,
    top_hit,
)

GENERATOR = np.random.default_rng(0)
SMOOTH = [GENERATOR.normal(size=(2, 40)).tolist() for _ in range(3)]
TIES = [GENERATOR.integers(0, 5, size=(2, 40)).astype(float).tolist() for _ in range(3)]


@pytest.mark.parametrize(("left", "right"), [*SMOOTH, *TIES, ([1.0, 2.0, 3.0], [3.0, 2.0, 1.0])])
def test_correlations_are_those_of_scipy(left: list[float], right: list[float]) -> None:
    assert pearson(left, right) == pytest.approx(stats.pearsonr(left, right).statistic)
    assert spearman(left, right) == pytest.approx(stats.spearmanr(left, right).statistic)
    assert kendall(left, right) == pytest.approx(stats.kendalltau(left, right).statistic)


@pytest.mark.parametrize("correlation", [pearson, spearman, kendall])
def test_what_cannot_be_correlated(correlation: Correlation) -> None:
    with pytest.raises(CannotConclude, match="three candidates or more, not two"):
        correlation([1.0, 2.0], [1.0, 2.0])
    for pair in (([1.0, 2.0, 3.0], [5.0, 5.0, 5.0]), ([0.3, 0.1 + 0.2, 0.3], [1.0, 2.0, 3.0])):
        with pytest.raises(CannotConclude, match="all candidates have the same value"):
            correlation(*pair)
    with pytest.raises(CannotConclude, match="not finite"):
        correlation([1.0, 2.0, math.nan], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="3 and 4"):
        correlation([1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0])


def test_without_error_a_correlation_is_what_it_was_before_noise() -> None:
    generator = np.random.default_rng(1)
    size = 20_000
    left = generator.normal(size=size)
    right = 0.6 * left + 0.8 * generator.normal(size=size)
    halves = [[(side + generator.normal(size=size)).tolist() for _ in range(2)] for side in (left, right)]
    measured = pearson(*(pair[0] for pair in halves))
    assert measured == pytest.approx(0.3, abs=0.03)
    assert disattenuated(measured, *(pearson(*pair) for pair in halves)) == pytest.approx(0.6, abs=0.04)
    assert disattenuated(0.9, 0.64, 0.81) == pytest.approx(1.25)


@pytest.mark.parametrize("bad", [0.0, -0.3, math.nan])
def test_nothing_is_said_of_what_is_not_reliable(bad: float) -> None:
    for pair in ((0.6, bad), (bad, 0.6)):
        with pytest.raises(CannotConclude, match="is not above 0: the halves do not agree"):
            disattenuated(0.3, *pair)


def test_a_pick_is_worth_its_outcome() -> None:
    outcomes = [60.0, 70.0, 65.0, 40.0]
    assert picked([1.0, 2.0, 9.0, 3.0], outcomes) == 65.0
    assert regret([1.0, 2.0, 9.0, 3.0], outcomes) == 5.0
    assert regret(outcomes, outcomes) == 0.0
    # Where it ties, each is as likely: half of 60 and half of 40.
    assert picked([9.0, 2.0, 1.0, 9.0], outcomes) == 50.0
    assert regret([1.0, 1.0, 1.0, 1.0], outcomes) == pytest.approx(70.0 - 58.75)


def test_an_oracle_that_picks_on_other_rows_is_not_the_luckiest() -> None:
    generator = np.random.default_rng(1)
    outcomes = [60.0, 70.0, 65.0]
    assert regret([0.0, 0.0, 1.0], outcomes, oracle=[9.0, 8.0, 7.0]) == -5.0
    # Of candidates that do not differ no pick is better than another, whatever the noise.
    drawn = generator.normal(size=(2000, 3, 20))
    own = [regret(criterion.tolist(), found.tolist()) for criterion, found, _ in drawn]
    other = [regret(criterion.tolist(), found.tolist(), oracle=by.tolist()) for criterion, found, by in drawn]
    assert np.mean(own) > 1.5
    assert np.mean(other) == pytest.approx(0.0, abs=0.1)


def test_a_hit_is_among_the_best() -> None:
    outcomes = [60.0, 70.0, 65.0, 40.0]
    assert [top_hit([1.0, 2.0, 9.0, 3.0], outcomes, k) for k in (1, 2, 3)] == [0.0, 1.0, 1.0]
    assert top_hit([9.0, 9.0, 1.0, 1.0], outcomes) == 0.5
    # Outcomes that tie are all among the best.
    assert top_hit([1.0, 2.0, 9.0], [70.0, 60.0, 70.0]) == 1.0


LAST_BIT = [0.1 + 0.2, 0.3, 0.0]
"""The first two are the same number, added up otherwise."""


def test_what_differs_by_rounding_ties() -> None:
    assert LAST_BIT[0] != LAST_BIT[1]
    outcomes = [60.0, 70.0, 65.0]
    assert picked(LAST_BIT, outcomes) == 65.0
    assert top_hit(LAST_BIT, outcomes) == 0.5
    assert top_hit([0.0, 1.0, 0.0], LAST_BIT) == 1.0
    assert regret([0.0, 1.0, 0.0], outcomes, oracle=LAST_BIT) == -5.0
    for correlation in (kendall, spearman):
        assert correlation(LAST_BIT, [2.0, 1.0, 3.0]) == pytest.approx(correlation([0.3, 0.3, 0.0], [2.0, 1.0, 3.0]))
    # Gains that are 0 but for rounding are all the same.
    with pytest.raises(CannotConclude, match="same value"):
        kendall([1e-15, 0.0, -1e-15], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("measure", [picked, regret, top_hit])
def test_what_cannot_be_picked(measure: Callable[[Sequence[float], Sequence[float]], float]) -> None:
    with pytest.raises(CannotConclude, match="not no"):
        measure([], [])
    with pytest.raises(CannotConclude, match="not finite"):
        measure([1.0, math.nan], [1.0, 2.0])
    with pytest.raises(ValueError, match="2 and 1"):
        measure([1.0, 2.0], [1.0])


@pytest.mark.parametrize("k", [0, 4])
def test_the_best_are_some_of_the_candidates(k: int) -> None:
    with pytest.raises(ValueError, match=f"best {k} of 3"):
        top_hit([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], k)
