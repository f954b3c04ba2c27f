"""Wilson and Student t intervals."""

from __future__ import annotations

import random
from statistics import fmean

import pytest

from harness.statistics.intervals import normal_quantile, t_interval, t_quantile, wilson


@pytest.mark.parametrize(
    ("p", "degrees", "t"),
    [
        # Tables of Student's t (as in NIST/SEMATECH e-Handbook 1.3.6.7.2), with more digits where a closed form has
        # them: tan(pi (p - 1/2)) for 1 degree, sqrt(2) s / sqrt(1 - s^2) with s = 2p - 1 for 2.
        (0.975, 1, 12.706204736174706),
        (0.975, 2, 4.302652729749464),
        (0.975, 3, 3.182446305284263),
        (0.975, 4, 2.776445105197799),
        (0.975, 9, 2.262157162740992),
        (0.975, 30, 2.042272456301238),
        (0.995, 2, 9.924843200918293),
        (0.95, 4, 2.131846786326649),
        (0.9, 5, 1.475884048824481),
        (0.9995, 3, 12.923978636687),
        (0.975, 120, 1.979930405082422),
    ],
)
def test_t_quantiles_of_the_tables(p: float, degrees: int, t: float) -> None:
    assert t_quantile(p, degrees) == pytest.approx(t, rel=1e-9)
    assert t_quantile(1 - p, degrees) == pytest.approx(-t, rel=1e-9)


def test_t_median_is_zero() -> None:
    assert t_quantile(0.5, 7) == pytest.approx(0.0, abs=1e-12)


def test_t_tends_to_the_normal_distribution() -> None:
    assert t_quantile(0.975, 100_000) == pytest.approx(normal_quantile(0.975), rel=1e-4)
    assert normal_quantile(0.975) == pytest.approx(1.959963984540054)


@pytest.mark.parametrize(("p", "degrees"), [(0.0, 3), (1.0, 3), (47.5, 3), (0.975, 0)])
def test_t_quantile_refuses_what_has_none(p: float, degrees: int) -> None:
    with pytest.raises(ValueError, match="no t quantile"):
        t_quantile(p, degrees)


def test_wilson_worked_example() -> None:
    # 8 of 10, z = 1.96: centre (0.8 + 0.19207) / 1.38415 = 0.71674, half 1.96 / 1.38415 * sqrt(0.016 + 0.009604)
    # = 0.22658, so 49.02 to 94.33 percent.
    interval = wilson(8, 10)
    assert interval.low == pytest.approx(49.02, abs=0.01)
    assert interval.high == pytest.approx(94.33, abs=0.01)
    assert (interval.level, interval.method) == (0.95, "wilson")
    assert "checkpoint" in interval.answers


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


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_wilson_refuses_what_is_no_share(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        wilson(successes, n)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_wilson_covers_the_true_share(share: float) -> None:
    draw = random.Random(0)
    samples = [sum(draw.random() < share for _ in range(100)) for _ in range(2000)]
    intervals = [wilson(successes, 100) for successes in samples]
    covered = fmean(interval.low <= 100 * share <= interval.high for interval in intervals)
    # Exact coverage at n = 100 is 94.3 % for a share of 0.5 and 93.6 % for 0.9; 2000 samples add 1.1 points of noise.
    assert 0.92 <= covered <= 0.97


def test_t_interval_worked_example() -> None:
    # Mean 70, standard deviation 2, three seeds: 4.30265 * 2 / sqrt(3) = 4.96828.
    interval = t_interval([68.0, 70.0, 72.0])
    assert interval.low == pytest.approx(70 - 4.96828, abs=1e-5)
    assert interval.high == pytest.approx(70 + 4.96828, abs=1e-5)
    assert interval.method == "t"
    assert "seeds" in interval.answers


def test_t_interval_covers_the_true_mean_with_three_seeds() -> None:
    draw = random.Random(0)
    intervals = [t_interval([draw.gauss(70.0, 1.5) for _ in range(3)]) for _ in range(2000)]
    covered = fmean(interval.low <= 70.0 <= interval.high for interval in intervals)
    # Exact coverage is 95 %; three standard errors of 2000 samples are 1.5 points.
    assert 0.935 <= covered <= 0.965


@pytest.mark.parametrize("values", [[], [70.0]])
def test_t_interval_needs_two_values(values: list[float]) -> None:
    with pytest.raises(ValueError, match="two or more values"):
        t_interval(values)
