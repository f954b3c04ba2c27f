"""Bootstrap intervals of what several scores make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from harness.metrics import percent_of_items
from harness.statistics.intervals import Interval
from harness.statistics.joint import jackknife_error, joint_gain, joint_interval
from harness.statistics.parts import Part, Parts, mean
from harness.statistics.refusal import CannotConclude

Rows = npt.NDArray[np.float64]


def part(rows: npt.ArrayLike, units: Iterable[int] | None = None) -> Part:
    return Part(statistics=np.reshape(np.asarray(rows, dtype=float), (-1, 1)), value=percent_of_items, units=units)


def width(interval: Interval) -> float:
    return interval.high - interval.low


def parallel(languages: int, items: int, seed: int) -> list[Rows]:
    """Right or wrong, with items that are hard in every language."""
    rng = np.random.default_rng(seed)
    hardness = 2 * rng.standard_normal(items)
    return [(rng.random(items) < 1 / (1 + np.exp(hardness))).astype(float) for _ in range(languages)]


def test_correction_is_scipy_s_but_for_student() -> None:
    # With 400 items Student's t widens by 0.3 % only; scores are skewed, so that plain percentiles would differ more.
    sample = np.random.default_rng(0).exponential(size=400)
    theirs = stats.bootstrap((100 * sample,), np.mean, n_resamples=60_000, method="BCa", rng=1).confidence_interval
    ours = joint_interval([part(sample)], resamples=60_000)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.2)
    percentile = stats.bootstrap((100 * sample,), np.mean, n_resamples=20_000, method="percentile", rng=1)
    assert abs(percentile.confidence_interval.low - theirs.low) > 0.3


def f1(sums: Sequence[float], n: int) -> float:
    right, predicted, gold = sums
    return 200.0 * right / (predicted + gold) if predicted + gold else 0.0


def test_value_is_computed_from_the_sums_of_a_resample() -> None:
    # The 27 equally likely resamples of three items are the scores that may come; those that leave one out come, too.
    rows = np.array([[1.0, 1.0, 2.0], [0.0, 2.0, 1.0], [2.0, 2.0, 2.0]])
    every = {f1(rows[list(drawn)].sum(axis=0).tolist(), 3) for drawn in product(range(3), repeat=3)}
    one_less = {f1(np.delete(rows, left_out, axis=0).sum(axis=0).tolist(), 2) for left_out in range(3)}
    found = set()

    def value(sums: Sequence[float], n: int) -> float:
        found.add(f1(sums, n))
        return f1(sums, n)

    joint_interval([Part(statistics=rows, value=value)], resamples=2_000)
    assert found == every | one_less


def test_clusters_are_drawn_whole() -> None:
    # Two paragraphs, one all right and one all wrong: scores can only be 0, 75 (6 of 8 by size) or 100.
    rows = [[1.0]] * 6 + [[0.0]] * 2
    scores: set[float] = set()

    def value(sums: Sequence[float], n: int) -> float:
        scores.add(100 * sums[0] / n)
        return 100 * sums[0] / n

    # Labels need be neither dense nor sorted nor neighbours.
    units = [9, -2, 9, 9, 9, 9, 9, -2]
    joint_interval([Part(statistics=[rows[0], rows[7], *rows[1:7]], value=value, units=units)], resamples=50)
    assert scores == {0.0, 75.0, 100.0}


def test_more_items_than_small_integers_can_number() -> None:
    rng = np.random.default_rng(0)
    rows = rng.random(70_000)
    rows[2**16 :] += 1
    interval = joint_interval([part(rows)], resamples=100)
    assert interval.low < 100 * rows.mean() < interval.high
    assert width(interval) < 1.0


def test_gain_changes_sign_with_the_order() -> None:
    left, right = parallel(2, 300, 0)
    forth, back = joint_gain([part(left)], [part(right)]), joint_gain([part(right)], [part(left)])
    assert (back.low, back.high) == pytest.approx((-forth.high, -forth.low), abs=0.8)
    assert back.low < 0 < forth.high


def test_languages_that_share_items_are_no_independent_evidence() -> None:
    rows = parallel(10, 400, 0)
    together = joint_interval([part(row, range(400)) for row in rows])
    apart = joint_interval([part(row) for row in rows])
    assert width(together) > 1.8 * width(apart)
    # As wide as the t interval of the items' own means over languages, which is what this score is a mean of.
    items = 100 * np.mean(rows, axis=0)
    half = stats.t.ppf(0.975, 399) * items.std(ddof=1) / 20
    assert width(together) == pytest.approx(2 * half, rel=0.1)


def test_languages_of_their_own_items_are_the_mean_of_independent_scores() -> None:
    rng = np.random.default_rng(1)
    rows = [(rng.random(n) < 0.6).astype(float) for n in (100, 400, 900)]
    half = stats.norm.ppf(0.975) * 100 * (sum(row.var() / len(row) for row in rows)) ** 0.5 / 3
    assert width(joint_interval([part(row) for row in rows], resamples=4000)) == pytest.approx(2 * half, rel=0.06)


def test_gain_is_paired_by_item() -> None:
    left, right = parallel(2, 500, 3)
    gain = joint_gain([part(left)], [part(right)])
    differences = 100 * (left - right)
    half = stats.t.ppf(0.975, 499) * differences.std(ddof=1) / 500**0.5
    assert (gain.low, gain.high) == pytest.approx((differences.mean() - half, differences.mean() + half), abs=0.5)
    assert gain.method == "paired bootstrap"
    # The order of items does not matter where they have names.
    order = np.random.default_rng(0).permutation(500)
    named = joint_gain([part(left, range(500))], [part(right[order], order.tolist())])
    assert (named.low, named.high) == pytest.approx((gain.low, gain.high), abs=0.5)


def test_transfer_gap_is_a_combination() -> None:
    rows = parallel(4, 300, 5)
    gap = joint_interval(
        [part(row, range(300)) for row in rows],
        lambda scores: scores[:, 0] - scores[:, 1:].mean(axis=1),
    )
    found = 100 * (rows[0].mean() - np.mean(rows[1:]))
    assert gap.low < found < gap.high


def test_equal_seeds_give_equal_intervals_and_others_do_not() -> None:
    rows = [part(row, range(200)) for row in parallel(3, 200, 0)]
    assert joint_interval(rows, seed=3) == joint_interval(rows, seed=3)
    assert joint_interval(rows, seed=3) != joint_interval(rows, seed=4)


@pytest.mark.parametrize(
    ("rows", "why"),
    [([1.0], "one item"), ([1.0, 1.0, 1.0], "count alike"), ([1.0, float("nan")], "not finite")],
)
def test_what_cannot_be_concluded(rows: list[float], why: str) -> None:
    with pytest.raises(CannotConclude, match=why):
        joint_interval([part(rows)])


def test_units_that_are_all_alike_may_have_missed_some() -> None:
    # Of 100 units none is right: by Clopper and Pearson up to 3.62 % of others are.
    wrong = joint_interval([part([0.0] * 100)], bounds=(0.0, 100.0))
    assert (wrong.low, wrong.high) == pytest.approx((0.0, 3.6217), abs=1e-4)
    same = joint_gain([part([1.0, 0.0] * 50)], [part([1.0, 0.0] * 50)], bounds=(-100.0, 100.0))
    assert (same.low, same.high) == pytest.approx((-3.6217, 3.6217), abs=1e-4)
    assert joint_interval([part([1.0])], bounds=(0.0, 100.0)).low == pytest.approx(2.5)


def test_scores_of_a_few_of_many_items_are_refused() -> None:
    few = part([1.0, 0.0], [0, 1])
    with pytest.raises(CannotConclude, match="so few items"):
        joint_interval([few, part([1.0, 0.0] * 50, range(100))])


@pytest.mark.parametrize("bounds", [None, (0.0, 100.0)])
def test_scores_of_one_item_each_are_refused(bounds: tuple[float, float] | None) -> None:
    # Without either item one of the two scores is of nothing.
    with pytest.raises(CannotConclude, match="of one item, or one passage"):
        joint_interval([part([1.0], [0]), part([0.0], [1])], bounds=bounds)


def by_hand(values: Sequence[float]) -> tuple[float, float]:
    """The interval of a mean from all n ** n resamples: Efron 1987, with Student's quantile, times root n / (n - 1)."""
    found, n = np.array(values), len(values)
    means = np.sort(found[np.indices((n,) * n).reshape(n, -1)].mean(axis=0))
    below = np.mean(means < found.mean() - 1e-9) + np.mean(np.abs(means - found.mean()) <= 1e-9) / 2
    bias = stats.norm.ppf(below)
    skew = np.sum((found - found.mean()) ** 3) / (6 * np.sum((found - found.mean()) ** 2) ** 1.5)
    reach = stats.t.ppf(0.975, n - 1) * (n / (n - 1)) ** 0.5
    ends = [stats.norm.cdf(bias + z / (1 - skew * z)) for z in (bias - reach, bias + reach)]
    low, high = np.quantile(means, ends)
    return float(low), float(high)


FEW_VALUES = [52.0, 61.0, 48.5, 70.2, 57.3, 55.1]


def test_an_interval_of_six_units() -> None:
    found = joint_interval([part(np.array(FEW_VALUES) / 100)], resamples=100_000)
    assert (found.low, found.high) == pytest.approx(by_hand(FEW_VALUES), abs=0.15)


def test_a_gain_of_five_unequal_changes() -> None:
    # Drawn from are the five changes and the largest of them to either side.
    changes = [1.0, 2.5, -4.2, 7.3, 3.1]
    right = np.array(FEW_VALUES[:5])
    found = joint_gain([part((right + changes) / 100)], [part(right / 100)], resamples=100_000)
    assert (found.low, found.high) == pytest.approx(by_hand([*changes, 7.3, -7.3]), abs=0.15)


def test_degrees_of_freedom_of_unlike_populations() -> None:
    # Welch and Satterthwaite, whose variances are m / (m - 1) as large by the squares of a jackknife.
    rng = np.random.default_rng(0)
    rows = [rng.random(4), rng.random(9)]
    a, b = (np.var(100 * row, ddof=1) / len(row) / 4 for row in rows)
    error, degrees = jackknife_error(Parts.of([part(row) for row in rows]), mean)
    assert error == pytest.approx((a + b) ** 0.5)
    a, b = a * 4 / 3, b * 9 / 8
    assert degrees == pytest.approx((a + b) ** 2 / (a**2 / 3 + b**2 / 8))


def test_three_items_of_one_sign_are_no_gain() -> None:
    gain = joint_gain([part([1.0] * 3 + [0.0] * 27)], [part([0.0] * 30)])
    assert gain.low < 0 < gain.high


def test_coverage_of_f1_gains_that_few_sentences_make() -> None:
    # Five of a hundred sentences are answered anew. Nominal 95 %; 300 samples add 3.8 points of noise (three errors).
    rng = np.random.default_rng(0)
    covered = 0
    for trial in range(300):
        gold = 1 + rng.poisson(1.5, 100)
        right = rng.binomial(gold, 0.9)
        changed = np.where(rng.random(100) < 0.05, rng.binomial(gold, 0.6), right)
        sides = [[Part(statistics=np.stack([of, gold, gold], axis=1), value=f1)] for of in (right, changed)]
        gain = joint_gain(sides[0], sides[1], resamples=300, seed=trial, bounds=(-100.0, 100.0))
        covered += gain.low <= 100 * 0.05 * 0.3 <= gain.high
    assert 0.91 <= covered / 300 <= 0.99
