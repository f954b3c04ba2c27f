"""What criteria pick from pools, and what that is worth."""

from __future__ import annotations

import pytest
from harness_plugins.studies.selection.picks import Criterion, Pool, judge, mean_gain, outcome_scales
from harness_plugins.studies.selection.tables import (
    answer_gains,
    data_tables,
    oracle,
    table_of_outcomes,
    table_of_picks,
)

FIRST = {"t": {"a": 1.0, "b": 2.0, "c": 6.0}, "u": {"a": 0.0, "b": 4.0, "c": -2.0}}
SECOND = {"t": {"a": 2.0, "b": 1.0, "c": 9.0}, "u": {"a": 10.0, "b": 10.0, "c": -20.0}}
ALIKE = {"t": 1.0, "u": 1.0}
POOL = Pool(FIRST, SECOND, ALIKE)
POOLS = {1: POOL, 2: POOL}


def criterion(name: str = "x", *values: float, again: tuple[float, ...] = ()) -> Criterion:
    """The same in both seeds."""
    first, second = (dict(zip("abc", of, strict=False)) for of in (values, again))
    return Criterion(
        name=name, labels=False, first={1: first, 2: first}, second={1: second, 2: second} if again else {}
    )


def test_gains_are_means_over_outcomes() -> None:
    assert mean_gain(SECOND, ALIKE) == POOL.worth == {"a": 6.0, "b": 5.5, "c": -5.5}
    assert Pool(FIRST, SECOND, {"t": 2.0, "u": 0.5}).promise == {"a": 1.0, "b": 3.0, "c": 5.5}


def test_outcomes_are_scaled_to_spread_alike() -> None:
    found = outcome_scales([FIRST])
    # Over 0, 1, 2, 6 and 0, 0, 4, -2, where the first 0 of each is none.
    t, u = (5.1875**0.5, 4.75**0.5)
    assert found == {"t": pytest.approx((t + u) / 2 / t), "u": pytest.approx((t + u) / 2 / u)}
    # Seeds are averaged as variances; what is alike in all of them counts nothing.
    flat = {"t": {"a": 0.0, "b": 0.0, "c": 0.0}, "u": FIRST["u"]}
    assert outcome_scales([flat, flat]) == {"t": 0.0, "u": pytest.approx(0.5)}
    both = outcome_scales([flat, FIRST])
    assert both["u"] / both["t"] == pytest.approx((5.1875 / 2 / 4.75) ** 0.5)
    # All candidates lose alike, but none does not.
    lost = {"t": {"a": -6.0, "b": -6.0, "c": -6.0}, "u": FIRST["u"]}
    assert outcome_scales([lost])["t"] > 0


def test_what_is_picked_by_one_half_is_worth_what_the_other_says() -> None:
    found = judge(criterion("x", 1, 2, 3), POOLS)
    assert found.gains == {1: -5.5, 2: -5.5}
    # The oracle picks b, by 3 against 0.5 and 2 on the first half, not a, the best of the second half.
    assert found.regret == pytest.approx(5.5 + 5.5)
    assert found.hit == 0.0
    # Of the three pairs the second half has all the other way round.
    assert found.tau == pytest.approx(-1)
    assert (found.reliability, found.correlation) == (None, None)
    assert judge(oracle(POOLS), POOLS).regret == 0
    assert judge(oracle(POOLS), POOLS).gains == {1: 5.5, 2: 5.5}


def test_ties_are_broken_at_random() -> None:
    found = judge(criterion("random", 0, 0, 0), POOLS)
    assert found.gains[1] == pytest.approx(2.0)
    assert found.hit == pytest.approx(1 / 3)
    assert found.tau is None
    assert criterion("x", 1, 1, 0).picks(1, "abc") == {"a": 0.5, "b": 0.5}
    assert criterion("x", 1, 1, 0).picks(1, "bc") == {"b": 1.0}
    assert criterion("x", 0.1 + 0.2, 0.3, 0).picks(1, "abc") == {"a": 0.5, "b": 0.5}
    assert criterion("x", 1, 1, 0).agreement(criterion("y", 1, 0, 0), POOLS) == 0.5


def test_error_is_taken_out_of_correlations() -> None:
    alike = dict.fromkeys((1, 2), Pool(SECOND, SECOND, ALIKE))
    sure = judge(criterion("x", 3, 2, 1, again=(3, 2, 1)), alike)
    unsure = judge(criterion("x", 3, 2, 1, again=(3, 1, 2)), alike)
    assert sure.reliability == pytest.approx(1)
    assert unsure.reliability == pytest.approx(0.5)
    assert sure.correlation is not None
    assert unsure.correlation == pytest.approx(sure.correlation / 0.5**0.5)
    # Halves that do not agree at all say nothing of a correlation without error.
    assert judge(criterion("x", 3, 2, 1, again=(1, 2, 3)), alike).correlation is None
    assert judge(criterion("x", 3, 2, 1, again=(3, 2, 1)), POOLS).correlation is None


def test_part_of_a_pool() -> None:
    assert POOL.of("ab").candidates == ("a", "b")
    assert POOL.by(["t"]).worth == SECOND["t"]
    assert POOL.of("bc").promise == {"b": 3.0, "c": 2.0}


def test_gains_of_several_criteria_are_corrected_together() -> None:
    gains = dict(enumerate((1.0, 1.4, 0.6, 1.9), start=1))
    one = judge(criterion("x", 1, 2, 3), POOLS)
    judged = {name: type(one)(gains, 0, 0, None, None, None) for name in "abcdefgh"}
    alone, together = (answer_gains(own, 0.5) for own in ({"a": judged["a"]}, judged))
    assert alone[0].answer.reply.value == "yes"
    assert {found.answer.reply.value for found in together} == {"cannot tell"}
    assert together[0].answer.p == pytest.approx(8 * (alone[0].answer.p or 0))


def test_one_seed_has_no_interval() -> None:
    (found,) = answer_gains({"x": judge(criterion("x", 1, 2, 3), {1: POOL})}, 1)
    assert found.answer.reply.value == "cannot tell"
    assert found.answer.mean == -5.5


def test_tables_say_what_is_picked_and_where_it_gains() -> None:
    criteria = {"x": criterion("x", 1, 2, 3), "y": criterion("y", 3, 2, 1), "z": criterion("z", 0, 0, 0)}
    picks = table_of_picks(criteria, POOLS, ["y"])
    assert [[cell.text for cell in row] for row in picks.rows] == [
        ["x", "0", "c 2"],
        ["y", "100", "a 2"],
        ["z", "33", "ties of 3"],
    ]
    outcomes = table_of_outcomes(criteria, POOLS)
    assert outcomes.columns == ("criterion", "t", "u")
    assert [cell.text for cell in outcomes.rows[0]] == ["x", "+9.0", "-20.0"]


def test_files_have_halves_and_picks() -> None:
    criteria = {"x": criterion("x", 1, 2, 3, again=(4, 5, 6)), "tied": criterion("tied", 1, 1, 0)}
    halves, picks = data_tables(criteria, {1: Pool(FIRST, SECOND, {"t": 2.0, "u": 0.5})})
    assert (halves.name, picks.name) == ("halves", "picks")
    rows = [dict(zip(halves.columns, row, strict=True)) for row in halves.rows]
    assert len(rows) == 3 * (2 + 2)
    assert rows[0] == {"seed": 1, "candidate": "a", "kind": "gain", "name": "t", "first": 1.0, "second": 2.0}
    of_x = [(row["first"], row["second"]) for row in rows if row["name"] == "x"]
    assert of_x == [(1, 4), (2, 5), (3, 6)]
    assert {row["second"] for row in rows if row["name"] == "tied"} == {""}
    # Points of t count double, and those of u half.
    assert picks.rows == (
        (1, "x", "c", 1.0, (2 * 9 - 20 / 2) / 2),
        (1, "tied", "a", 0.5, (2 * 2 + 10 / 2) / 2),
        (1, "tied", "b", 0.5, (2 * 1 + 10 / 2) / 2),
    )
