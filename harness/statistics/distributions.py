"""Quantiles and tails of the distributions that intervals and tests are made from, by scipy.special.

scipy is imported as they are asked for: listing tasks and planning load none of it.
"""

from __future__ import annotations

from statistics import NormalDist


def normal_quantile(p: float) -> float:
    """The value below which a share p of a standard normal distribution lies."""
    return NormalDist().inv_cdf(p)


def normal_share(value: float) -> float:
    """The share of a standard normal distribution that lies below a value."""
    return NormalDist().cdf(value)


def t_quantile(p: float, degrees: float) -> float:
    """The value below which a share p of Student's t distribution lies.

    Args:
        p: between 0 and 1.
        degrees: degrees of freedom, 1 or more.
    """
    from scipy.special import stdtrit

    if not 0 < p < 1 or degrees < 1:
        raise ValueError(f"no t quantile for p={p} and {degrees} degrees of freedom")
    return float(stdtrit(degrees, p))


def t_tails(statistic: float, degrees: float) -> float:
    """The share of Student's t distribution that is as far from zero as a value or farther, on both sides."""
    from scipy.special import stdtr

    return float(2 * stdtr(degrees, -abs(statistic)))


def chi_square_quantile(p: float, degrees: float) -> float:
    """The value below which a share p of a chi-square distribution lies."""
    from scipy.special import chdtri

    return float(chdtri(degrees, 1 - p))


def chi_square_tail(statistic: float, degrees: float) -> float:
    """The share of a chi-square distribution that is above a value."""
    from scipy.special import chdtrc

    return float(chdtrc(degrees, statistic))


def beta_quantile(p: float, a: float, b: float) -> float:
    """The value below which a share p of a beta distribution lies."""
    from scipy.special import betaincinv

    return float(betaincinv(a, b, p))


def fair_coin_tails(heads: int, throws: int) -> float:
    """How likely a fair coin is as uneven as this or more, on either side: the exact two-sided sign test."""
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(heads, throws - heads), throws, 0.5)))
