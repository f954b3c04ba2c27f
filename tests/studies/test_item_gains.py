"""Intervals of gains over other seeds and items."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from harness.item_scores import ItemScores
from harness.results.scores import Row, Scores
from harness.statistics.answer import Question, Reply
from harness.statistics.hierarchy import weighted_interval
from harness.statistics.intervals import Interval, t_interval
from harness.statistics.parts import Part
from harness.statistics.refusal import CannotConclude
from harness.studies.gains import gains, weighted_rows
from harness.studies.item_gains import answer_gain, redrawn_scores, weighted_gain_interval
from harness.testing.simulated import simulate
from harness.testing.worlds import SimulatedTask, Spread, World
from tests.raising import raises_code

XNLI = SimulatedTask(name="xnli", languages=("en", "sw"), items=100)
WORLD = World(
    arms=("none", "mnli"),
    tasks=(XNLI, SimulatedTask(name="tydiqa", languages=("sw",), items=80)),
    effect=lambda place: 5.0 if place.arm == "mnli" else 0.0,
)


def sides(world: World, seed: int = 1) -> tuple[Scores, Scores]:
    scores = simulate(world, seed).scores().where({"main": True})
    return scores.where({"arm": "mnli"}), scores.where({"arm": "none"})


def gain_interval(after: Scores, before: Scores, level: float = 0.95) -> Interval:
    return weighted_gain_interval(after, weighted_rows(after, before), level=level)


def test_it_is_of_the_mean_gain_and_wider_than_the_one_over_seeds() -> None:
    after, before = sides(WORLD)
    differences = list(gains(after, before).values())
    both, seeds = gain_interval(after, before), t_interval(differences)
    assert (both.low + both.high) / 2 == pytest.approx(np.mean(differences))
    assert width(both) > width(seeds)
    assert "other items" in both.answers


def width(interval: Interval) -> float:
    return interval.high - interval.low


def items_apart(after: Scores, before: Scores, *, by: str) -> Interval:
    """The same interval if the items of each arm, or of each language, were drawn by themselves."""
    weighted = weighted_rows(after, before)

    def part(row: Row) -> Part:
        found = after.items(row)
        assert found is not None
        return Part(
            statistics=found.statistics, value=found.metric.value, units=found.items, population=(row["task"], row[by])
        )

    parts = [[part(one.row) for one in own] for own in weighted.values()]
    return weighted_interval(parts, [[one.weight for one in own] for own in weighted.values()])


def test_items_that_arms_answer_alike_count_for_little() -> None:
    """The interval over items knows that both sides are of the same items, and translations too."""
    world = dataclasses.replace(WORLD, tasks=(dataclasses.replace(XNLI, items=400),), spread=Spread(task=0, language=0))
    after, before = sides(world)
    paired = gain_interval(after, before)
    assert width(paired) < 0.9 * width(items_apart(after, before, by="arm"))
    # What an arm gains on an item it gains on the translation, too, so that two languages know less than they seem to.
    assert width(paired) > 1.02 * width(items_apart(after, before, by="language"))


def of_arm(scores: Scores, arm: str, items: tuple[str, ...] | None = None) -> Scores:
    """Scores whose items of an arm are stored in another order, or are called something else."""

    def found(row: Row) -> ItemScores | None:
        own = scores.items(row)
        if own is None or own.items is None or row["arm"] != arm:
            return own
        order = np.random.default_rng(0).permutation(len(own.items))
        names = own.items if items is None else items[: len(own.items)]
        return dataclasses.replace(own, statistics=own.statistics[order], items=tuple(names[at] for at in order))

    return dataclasses.replace(scores, items=found)


def test_items_are_paired_by_what_they_are_called() -> None:
    after, before = sides(WORLD)
    found = gain_interval(of_arm(after, "mnli"), before)
    expected = gain_interval(after, before)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    others = tuple(f"another item {number}" for number in range(100))
    with raises_code("no-paired-items", "arm none"):
        gain_interval(of_arm(after, "mnli", others), before)


def test_as_many_units_are_redrawn_as_the_smallest_population_has() -> None:
    tasks = tuple(
        SimulatedTask(name=name, languages=("sw",), items=items) for name, items in (("xnli", 80), ("tydiqa", 20))
    )
    _, before = sides(dataclasses.replace(WORLD, tasks=tasks))
    assert redrawn_scores(before).units == 20


def test_several_arms_are_averaged_as_one_side() -> None:
    """The mean of two arms that are the same arm twice is that arm; of two others, its items count half each."""
    world = dataclasses.replace(WORLD, arms=("none", "mnli", "qqp", "squad"), effect=lambda _: 0.0)
    scores = simulate(world, 3).scores().where({"main": True})
    none, mnli = (scores.where({"arm": arm}) for arm in ("none", "mnli"))
    twin = [{**row, "arm": "twin"} for row in mnli.rows]
    twice = gain_interval(dataclasses.replace(scores, rows=[*mnli.rows, *twin]), none)
    once = gain_interval(mnli, none)
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high))
    three = scores.where({"arm": ("mnli", "qqp", "squad")})
    of_three = gain_interval(three, none)
    assert (of_three.low + of_three.high) / 2 == pytest.approx(np.mean(list(gains(three, none).values())))
    each = [gain_interval(scores.where({"arm": arm}), none) for arm in ("mnli", "qqp", "squad")]
    assert width(of_three) < np.mean([width(one) for one in each])


def test_an_answer_is_by_this_interval_and_without_predictions_there_is_none() -> None:
    after, before = sides(dataclasses.replace(WORLD, effect=lambda place: 25.0 if place.arm == "mnli" else 0.0))
    found = answer_gain(after, before, Question.GAIN, margin=1.0)
    assert (found.reply, found.interval) == (Reply.YES, gain_interval(after, before))
    assert found.mean == pytest.approx(np.mean(list(gains(after, before).values())))
    gone = answer_gain(dataclasses.replace(after, items=lambda _: None), before, Question.GAIN, margin=1.0)
    assert (gone.reply, gone.interval, gone.mean, gone.material) == (Reply.CANNOT_TELL, None, found.mean, False)
    assert "repeat the run's command" in gone.why
    one = answer_gain(after.where({"seed": 1}), before, Question.GAIN, margin=1.0)
    assert (one.reply, one.n) == (Reply.CANNOT_TELL, 1)


def test_arms_that_get_other_items_right_do_not_differ_with_other_items() -> None:
    """Two arms that are equally good on all items that there could be, with so many seeds that only items decide."""
    world = dataclasses.replace(
        WORLD, seeds=20, effect=lambda _: 0.0, tasks=(XNLI,), spread=Spread(task=0.1, language=0.1)
    )
    by_seeds, by_both = 0, 0
    for seed in range(40):
        after, before = sides(world, seed)
        over_seeds = t_interval(list(gains(after, before).values()))
        both = gain_interval(after, before)
        by_seeds += not over_seeds.low <= 0 <= over_seeds.high
        by_both += not both.low <= 0 <= both.high
    # Two in forty are expected of an interval of 95 %; seven have a probability below 0.5 %.
    assert by_seeds > 10
    assert by_both < 7


def test_another_level() -> None:
    after, before = sides(WORLD)
    wide, narrow = gain_interval(after, before, level=0.99), gain_interval(after, before, level=0.8)
    assert width(narrow) < width(wide)


def test_what_has_no_such_interval() -> None:
    after, before = sides(WORLD)
    with raises_code("no-paired-items"):
        gain_interval(dataclasses.replace(after, items=lambda _: None), before)
    with raises_code("no-shared-scores"):
        gain_interval(after, before.where({"task": "nothing"}))
    with pytest.raises(CannotConclude, match="two or more"):
        gain_interval(after.where({"seed": 1}), before)
