"""Shares of right items, and two checkpoints on the same items."""

from __future__ import annotations

import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as of_statsmodels
from statsmodels.stats.proportion import proportion_confint

from harness.statistics.refusal import CannotConclude
from harness.statistics.shares import clopper_pearson, mcnemar, share_gain, share_interval, wilson


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


@pytest.mark.parametrize(("successes", "method"), [(9, "clopper-pearson"), (10, "wilson"), (91, "clopper-pearson")])
def test_few_right_or_wrong_items_have_the_exact_interval(successes: int, method: str) -> None:
    assert share_interval(successes, 100).method == method


@pytest.mark.parametrize(
    ("n", "share", "least"),
    [(n, share, least) for n in (100, 300, 2000) for share, least in [(0.5, 0.94), (0.95, 0.94), (0.98, 0.94)]]
    + [(n, share, 0.94) for n in (100, 300) for share in (0.99, 0.995, 0.999)]
    # The lowest of shares above 98 %.
    + [(2000, 0.9962, 0.935)],
)
def test_exact_coverage_of_shares(n: int, share: float, least: float) -> None:
    # The sum over all outcomes of how likely each is, so nothing here is drawn.
    likely = stats.binom.pmf(range(n + 1), n, share)
    intervals = [share_interval(successes, n) for successes in range(n + 1)]
    covered = sum(p for p, i in zip(likely, intervals, strict=True) if i.low <= 100 * share <= i.high)
    assert covered >= least
    assert covered <= 0.97 or share > 0.95


def test_share_gain_of_the_published_formula() -> None:
    # 12 and 5 of 100: difference 7 / 102 = 0.06863, half 1.95996 sqrt((19 / 102 - 0.00471) / 102) = 0.08270.
    gain = share_gain(12, 5, 100)
    assert (gain.low, gain.high) == pytest.approx((-1.4065, 15.1320), abs=1e-4)
    assert gain.method == "paired shares"


def test_share_gain_has_a_width_and_stays_within_bounds() -> None:
    none = share_gain(0, 0, 100)
    assert -none.low == pytest.approx(none.high)
    assert none.high == pytest.approx(100 * 1.959964 * (2 / 102 / 102) ** 0.5)
    assert share_gain(3, 0, 3).high == 100.0


@pytest.mark.parametrize(("only_left", "only_right"), [(0.15, 0.1), (0.04, 0.02), (0.02, 0.005), (0.01, 0.0)])
@pytest.mark.parametrize("n", [100, 300])
def test_exact_coverage_of_share_gains(n: int, only_left: float, only_right: float) -> None:
    covered = 0.0
    for discordant in range(n + 1):
        p = stats.binom.pmf(discordant, n, only_left + only_right)
        if p < 1e-9:
            continue
        share = only_left / (only_left + only_right)
        for left, likely in enumerate(stats.binom.pmf(range(discordant + 1), discordant, share)):
            gain = share_gain(left, discordant - left, n)
            covered += p * likely * (gain.low <= 100 * (only_left - only_right) <= gain.high)
    assert covered >= 0.94


@pytest.mark.parametrize("interval", [wilson, clopper_pearson, share_interval])
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
    with pytest.raises(ValueError, match="is not a share"):
        share_gain(7, 5, 10)
