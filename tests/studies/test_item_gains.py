"""Intervals of gains over other seeds and items."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from harness.results.scores import Scores
from harness.statistics.intervals import t_interval
from harness.statistics.refusal import CannotConclude
from harness.studies.gains import gains
from harness.studies.item_gains import gain_interval
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


def test_it_is_of_the_mean_gain_and_wider_than_the_one_over_seeds() -> None:
    after, before = sides(WORLD)
    differences = list(gains(after, before).values())
    both, seeds = gain_interval(after, before), t_interval(differences)
    assert (both.low + both.high) / 2 == pytest.approx(np.mean(differences))
    assert both.high - both.low > seeds.high - seeds.low
    assert "other items" in both.answers


def test_items_that_arms_answer_alike_count_for_little() -> None:
    """The interval over items knows that both sides are of the same items, and translations too."""
    world = dataclasses.replace(WORLD, tasks=(dataclasses.replace(XNLI, items=400),), spread=Spread(task=0, language=0))
    after, before = sides(world)
    paired = gain_interval(after, before)
    # The other side's rows of another order of items are paired by name, so nothing changes.
    assert gain_interval(after, dataclasses.replace(before, rows=list(before.rows)[::-1])) == paired
    unpaired = [2 * 49 / np.sqrt(2 * 400 * 5)] * 2
    assert (paired.high - paired.low) / 2 < 4 * unpaired[0]


def test_another_level() -> None:
    after, before = sides(WORLD)
    wide, narrow = gain_interval(after, before, level=0.99), gain_interval(after, before, level=0.8)
    assert narrow.high - narrow.low < wide.high - wide.low


def test_what_has_no_such_interval() -> None:
    after, before = sides(WORLD)
    with raises_code("no-paired-items"):
        gain_interval(dataclasses.replace(after, items=lambda _: None), before)
    with raises_code("no-shared-scores"):
        gain_interval(after, before.where({"task": "nothing"}))
    with pytest.raises(CannotConclude, match="two or more"):
        gain_interval(after.where({"seed": 1}), before)
