"""Bootstrap intervals of what several scores make."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from harness.metrics import percent_of_items
from harness.statistics.intervals import Interval
from harness.statistics.joint import joint_gain, joint_interval
from harness.statistics.parts import Part
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


def test_scores_of_a_few_of_many_items_are_refused() -> None:
    few = part([1.0, 0.0], [0, 1])
    with pytest.raises(CannotConclude, match="so few items"):
        joint_interval([few, part([1.0, 0.0] * 50, range(100))])


def test_sides_of_other_items_are_not_paired() -> None:
    with pytest.raises(CannotConclude, match="not of the same items"):
        joint_gain([part([1, 0, 1], [1, 2, 3])], [part([1, 1, 1], [1, 2, 4])])
    with pytest.raises(ValueError, match="cannot be paired"):
        joint_gain([part([1, 0, 1])], [])
    with pytest.raises(ValueError, match="either both or neither"):
        joint_gain([part([1, 0, 1])], [part([1, 0, 1], [1, 2, 3])])
