"""Effect sizes."""

from __future__ import annotations

import pytest

from harness.statistics.effects import in_seed_deviations, relative_gain, share_above_chance
from harness.statistics.refusal import CannotConclude


def test_share_above_chance() -> None:
    assert share_above_chance(66.0, 32.0) == pytest.approx(0.5)
    assert share_above_chance(32.0, 32.0) == 0.0
    assert share_above_chance(20.0, 50.0) == pytest.approx(-0.6)
    with pytest.raises(CannotConclude, match="guessing is perfect"):
        share_above_chance(100.0, 100.0)


def test_relative_gain() -> None:
    # From 60 to 64 is 4 of the 10 points that 60 has above 50.
    assert relative_gain(64.0, 60.0, 50.0) == pytest.approx(0.4)
    with pytest.raises(CannotConclude, match=r"33\.0 is not above chance"):
        relative_gain(40.0, 33.0, 33.0)
    with pytest.raises(CannotConclude, match="not finite"):
        relative_gain(40.0, float("nan"), 33.0)


def test_difference_in_deviations_of_seeds() -> None:
    # Variances 1 and 4: their mean's root is 1.5811; eight seeds less two means are 6 degrees, 1 - 3 / 23.
    left, right = [2.0, 3.0, 4.0], [0.0, 2.0, 4.0]
    assert in_seed_deviations(left, right) == pytest.approx((1 - 3 / 15) * 1.0 / 2.5**0.5)
    assert in_seed_deviations(right, left) == pytest.approx(-in_seed_deviations(left, right))


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [([1.0], [1.0, 2.0], "two seeds on each side"), ([1.0, 1.0], [2.0, 2.0], "same value")],
)
def test_what_cannot_be_concluded(left: list[float], right: list[float], why: str) -> None:
    with pytest.raises(CannotConclude, match=why):
        in_seed_deviations(left, right)
