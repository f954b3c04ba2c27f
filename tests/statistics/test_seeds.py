"""Tests over seeds."""

from __future__ import annotations

import pytest
from scipy import stats

from harness.statistics.intervals import OTHER_SEEDS
from harness.statistics.refusal import CannotConclude
from harness.statistics.seeds import flipped_seeds, paired_t, welch_t

GAINS = [1.2, 0.4, 2.1, 0.9, -0.3]


def test_paired_t_is_scipy_s() -> None:
    theirs = stats.ttest_1samp(GAINS, 0.0)
    test = paired_t(GAINS)
    assert (test.statistic, test.p) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert (test.n, test.unit, test.answers) == (5, "seeds", OTHER_SEEDS)


def test_paired_t_of_students_own_example() -> None:
    # Student 1908, section 9: additional hours of sleep under two drugs, differences of ten patients; t = 4.0621.
    differences = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    test = paired_t(differences)
    assert (test.statistic, test.p) == pytest.approx((4.0621, 0.002833), abs=1e-4)


def test_unpaired_seeds_are_scipy_s_welch() -> None:
    left, right = [71.0, 74.5, 73.2], [70.1, 70.4, 69.7, 70.9]
    theirs = stats.ttest_ind(left, right, equal_var=False)
    test = welch_t(left, right)
    assert (test.statistic, test.p, test.n) == pytest.approx((theirs.statistic, theirs.pvalue, 7))


def test_six_seeds_of_one_sign_are_the_fewest_that_flips_can_tell() -> None:
    assert flipped_seeds([1.0, 2.0, 0.5, 1.5, 0.7, 1.1]).p == pytest.approx(2 / 64)
    with pytest.raises(CannotConclude, match=r"5 seeds can give no p-value below 0\.062 .* it takes 6 seeds"):
        flipped_seeds(GAINS)


def test_a_family_of_four_needs_eight_seeds() -> None:
    with pytest.raises(CannotConclude, match="in a family of 4 tests: it takes 8 seeds"):
        flipped_seeds([1.0] * 6 + [2.0], comparisons=4)
    assert flipped_seeds([1.0] * 7 + [2.0], comparisons=4).p == pytest.approx(2 / 256)


@pytest.mark.parametrize(
    ("differences", "why"),
    [
        ([], "two seeds or more, not no"),
        ([1.0], "two seeds or more, not one"),
        ([1.0, float("nan")], "not finite"),
        ([0.4, 0.4, 0.4], "same difference"),
        ([0.0, 0.0], "same difference"),
    ],
)
def test_what_cannot_be_concluded(differences: list[float], why: str) -> None:
    with pytest.raises(CannotConclude, match=why):
        paired_t(differences)
