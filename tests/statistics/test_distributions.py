"""Quantiles and tails, beside published tables and scipy.stats."""

from __future__ import annotations

import pytest
from scipy import stats

from harness.statistics.distributions import (
    beta_quantile,
    chi_square_quantile,
    chi_square_tail,
    fair_coin_tails,
    normal_quantile,
    normal_share,
    t_quantile,
    t_tails,
)


@pytest.mark.parametrize(
    ("p", "degrees", "t"),
    [
        # Tables of Student's t (as in NIST/SEMATECH e-Handbook 1.3.6.7.2), with more digits where a closed form has
        # them: tan(pi (p - 1/2)) for 1 degree, sqrt(2) s / sqrt(1 - s^2) with s = 2p - 1 for 2.
        (0.975, 1, 12.706204736174706),
        (0.975, 2, 4.302652729749464),
        (0.975, 3, 3.182446305284263),
        (0.975, 4, 2.776445105197799),
        (0.975, 30, 2.042272456301238),
        (0.95, 4, 2.131846786326649),
        (0.975, 120, 1.979930405082422),
    ],
)
def test_t_quantiles_of_the_tables(p: float, degrees: int, t: float) -> None:
    assert t_quantile(p, degrees) == pytest.approx(t, rel=1e-9)
    assert t_quantile(1 - p, degrees) == pytest.approx(-t, rel=1e-9)


@pytest.mark.parametrize(("p", "degrees"), [(0.0, 3), (1.0, 3), (47.5, 3), (0.975, 0)])
def test_t_quantile_refuses_what_has_none(p: float, degrees: int) -> None:
    with pytest.raises(ValueError, match="no t quantile"):
        t_quantile(p, degrees)


def test_tails_and_quantiles_of_scipy() -> None:
    assert t_tails(-2.1, 4) == pytest.approx(2 * stats.t.sf(2.1, 4))
    assert chi_square_tail(5.4, 2) == pytest.approx(stats.chi2.sf(5.4, 2))
    assert chi_square_quantile(0.025, 4) == pytest.approx(stats.chi2.ppf(0.025, 4))
    assert beta_quantile(0.3, 2, 5) == pytest.approx(stats.beta.ppf(0.3, 2, 5))
    assert normal_quantile(normal_share(0.7)) == pytest.approx(0.7)
    assert normal_share(1.0) == pytest.approx(stats.norm.cdf(1.0))


@pytest.mark.parametrize(("heads", "throws"), [(0, 5), (2, 9), (7, 9), (5, 10)])
def test_fair_coin_is_the_binomial_test(heads: int, throws: int) -> None:
    assert fair_coin_tails(heads, throws) == pytest.approx(stats.binomtest(heads, throws).pvalue)
