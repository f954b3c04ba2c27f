"""How many seeds or items it takes."""

from __future__ import annotations

from statistics import stdev

import pytest

from harness.statistics.distributions import t_quantile
from harness.statistics.intervals import OTHER_ITEMS, Interval, t_interval
from harness.statistics.power import MORE, MOST, items_needed, seeds_needed, seeds_to_answer, spread_interval
from harness.statistics.refusal import CannotConclude


@pytest.mark.parametrize(("seeds", "low", "high"), [(3, 0.521, 6.285), (5, 0.599, 2.874), (10, 0.688, 1.826)])
def test_few_seeds_hardly_know_their_spread(seeds: int, low: float, high: float) -> None:
    # Factors of the tables of chi-square: sqrt(2 / 7.3778) and sqrt(2 / 0.050636) for three seeds, and so on.
    values = [float(value) for value in range(seeds)]
    interval = spread_interval(values)
    assert interval.low == pytest.approx(low * stdev(values), rel=1e-3)
    assert interval.high == pytest.approx(high * stdev(values), rel=1e-3)


def test_so_many_seeds_are_enough_and_one_less_is_not() -> None:
    values = [70.0, 71.3, 69.2, 70.9, 72.1]
    needed = seeds_needed(values, margin=1.0)
    spread = stdev(values)
    for seeds, enough in [(needed.likely, True), (needed.likely - 1, False)]:
        assert (t_quantile(0.975, seeds - 1) * spread / seeds**0.5 <= 1.0) == enough
    # A standard deviation of 1.3 on eight seeds is 1.1 either way, and on five 1.6.
    assert t_quantile(0.975, 7) * 1.3 / 8**0.5 == pytest.approx(1.1, abs=0.05)
    assert needed.least < needed.likely < needed.most
    assert (needed.unit, needed.margin) == ("seeds", 1.0)


def test_wider_margins_need_fewer_seeds() -> None:
    values = [70.0, 71.3, 69.2]
    assert seeds_needed(values, margin=5.0).likely < seeds_needed(values, margin=1.0).likely
    assert seeds_needed(values, margin=1000.0).likely == 2
    interval = t_interval([0.0, 2.0, 1.0])
    assert seeds_needed([0.0, 2.0, 1.0], margin=(interval.high - interval.low) / 2 + 1e-6).likely == 3


def test_more_seeds_than_anybody_counts_are_no_number_of_seeds() -> None:
    # The standard deviation of two seeds is 400 / sqrt(2), which takes (1.96 * 283)^2 = 307,000 seeds.
    needed = seeds_needed([0.0, 400.0])
    assert needed.least == needed.likely == needed.most == MORE
    # Where the spread is at the lower end of its interval, 0.446 * 141 = 63.1: (1.96 * 63.1)^2 = 15,300 seeds.
    assert seeds_needed([-100.0, 100.0]).least == MORE
    # Half of it takes a quarter of 15,300.
    half = seeds_needed([-50.0, 50.0])
    assert half.least == pytest.approx(3825, rel=0.01)
    assert half.likely > MOST
    # Of many seeds, a spread of s takes (1.96 s)^2: 50 takes 9,604 and a bit, and 52 more than MOST.
    for spread, most in [(50.0, pytest.approx(9607, abs=3)), (52.0, MORE)]:
        assert seeds_needed([0.0, spread * 2**0.5]).likely == most


def test_items_shrink_an_interval_with_their_root() -> None:
    interval = Interval(low=-3.0, high=3.0, level=0.95, method="paired shares", answers=OTHER_ITEMS)
    needed = items_needed(interval, 1000, margin=1.5)
    assert needed.likely == 4000
    # 1,000 items know the spread within 4.4 % either way, so its square within 8 to 9 %.
    assert needed.least == pytest.approx(3672, abs=10)
    assert needed.most == pytest.approx(4374, abs=15)
    # Three know it by chi-square of two degrees of freedom, 7.3778 and 0.050636: 27 * 2 over either.
    few = items_needed(interval, 3, margin=1.0)
    assert (few.least, few.likely, few.most) == (8, 27, 1067)


def test_what_cannot_be_concluded() -> None:
    interval = Interval(low=-3.0, high=3.0, level=0.95, method="wilson", answers=OTHER_ITEMS)
    for margin in (0.0, -1.0):
        with pytest.raises(CannotConclude, match="positive margin"):
            seeds_needed([1.0, 2.0], margin)
        with pytest.raises(CannotConclude, match="positive margin"):
            items_needed(interval, 100, margin)
    with pytest.raises(CannotConclude, match="two seeds or more"):
        seeds_needed([1.0])
    with pytest.raises(CannotConclude, match="same value"):
        seeds_needed([1.0, 1.0])
    with pytest.raises(CannotConclude, match="one item"):
        items_needed(interval, 1)


def test_what_an_answer_takes_is_more_than_what_a_width_takes() -> None:
    values = [70.0, 71.3, 69.2, 70.9, 72.1]
    spread = stdev(values)
    for two_sided, share in ((True, 0.9), (False, 0.8)):
        needed = seeds_to_answer(values, 1.0, two_sided=two_sided)
        for seeds, enough in [(needed.likely, True), (needed.likely - 1, False)]:
            width = (t_quantile(0.975, seeds - 1) + t_quantile(share, seeds - 1)) * spread / seeds**0.5
            assert (width <= 1.0) == enough
        assert needed.likely > seeds_needed(values).likely
    assert seeds_to_answer([-100.0, 100.0], 1.0, two_sided=True).least == MORE
    more = seeds_to_answer(values, 1.0, two_sided=True, power=0.95)
    assert more.likely > seeds_to_answer(values, 1.0, two_sided=True).likely
    with pytest.raises(CannotConclude, match="positive margin"):
        seeds_to_answer(values, 0.0, two_sided=True)
