"""Shares of right items, and two checkpoints on the same items."""

from __future__ import annotations

import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as of_statsmodels
from statsmodels.stats.proportion import proportion_confint

from harness.statistics.refusal import CannotConclude
from harness.statistics.shares import beta_binomial, clopper_pearson, mcnemar, wilson


def test_wilson_worked_example() -> None:
    # 8 of 10, z = 1.96: centre (0.8 + 0.19207) / 1.38415 = 0.71674, half 1.96 / 1.38415 * sqrt(0.016 + 0.009604)
    # = 0.22658, so 49.02 to 94.33 percent.
    interval = wilson(8, 10)
    assert interval.low == pytest.approx(49.02, abs=0.01)
    assert interval.high == pytest.approx(94.33, abs=0.01)
    assert (interval.level, interval.method) == (0.95, "wilson")
    assert "checkpoint" in interval.answers


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (1, 100), (263, 311)])
def test_exact_and_wilson_are_statsmodels(successes: int, n: int) -> None:
    for ours, method in [(wilson, "wilson"), (clopper_pearson, "beta")]:
        low, high = proportion_confint(successes, n, alpha=0.1, method=method)
        interval = ours(successes, n, level=0.9)
        assert (interval.low, interval.high) == pytest.approx((100 * low, 100 * high))


@pytest.mark.parametrize("n", [1, 7, 1000])
def test_wilson_stays_within_bounds_and_keeps_width_at_the_ends(n: int) -> None:
    none, every = wilson(0, n), wilson(n, n)
    assert none.low == 0.0
    assert every.high == 100.0
    assert none.high == pytest.approx(100 - every.low)
    assert none.high > 0.0


def test_wilson_widens_with_the_level() -> None:
    narrow, wide = wilson(30, 50, 0.8), wilson(30, 50, 0.99)
    assert wide.low < narrow.low < 60.0 < narrow.high < wide.high


def test_beta_binomial_is_the_posterior_of_a_uniform_prior() -> None:
    posterior = stats.beta(8 + 1, 2 + 1)
    interval = beta_binomial(8, 10)
    assert (interval.low, interval.high) == pytest.approx((100 * posterior.ppf(0.025), 100 * posterior.ppf(0.975)))


@pytest.mark.parametrize("interval", [wilson, clopper_pearson, beta_binomial])
def test_no_items_say_nothing(interval: object) -> None:
    assert callable(interval)
    with pytest.raises(CannotConclude, match="no items"):
        interval(0, 0)
    with pytest.raises(ValueError, match="is not a share"):
        interval(11, 10)


@pytest.mark.parametrize(("only_left", "only_right", "exact"), [(3, 9, True), (12, 12, True), (10, 15, False)])
def test_mcnemar_is_statsmodels(only_left: int, only_right: int, exact: bool) -> None:
    theirs = of_statsmodels([[50, only_left], [only_right, 40]], exact=exact, correction=False)
    test = mcnemar(only_left, only_right)
    assert test.p == pytest.approx(theirs.pvalue)
    assert ("exact" in test.method, test.n) == (exact, only_left + only_right)


def test_mcnemar_of_the_published_example() -> None:
    # Agresti, "Categorical Data Analysis", section 10.1: approval of the prime minister, 150 and 86 people changed
    # their minds: z = -4.17, so chi-square 17.36.
    test = mcnemar(86, 150)
    assert test.statistic == pytest.approx(17.36, abs=0.005)
    assert test.p < 0.0001


def test_equal_answers_say_nothing() -> None:
    with pytest.raises(CannotConclude, match="right on the same items"):
        mcnemar(0, 0)
    with pytest.raises(ValueError, match="not numbers of items"):
        mcnemar(-1, 3)
