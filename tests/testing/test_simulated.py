"""Scores of a world whose truth is stated."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from harness.errors import UnknownName
from harness.results.comparison import compare_arms
from harness.results.scores import Scores
from harness.testing.simulated import simulate
from harness.testing.validity import evidence
from harness.testing.worlds import Place, SimulatedMeasure, SimulatedTask, Spread, World
from tests.raising import raises_code

XNLI = SimulatedTask(name="xnli", languages=("en", "sw"))
NO_SPREAD = Spread(run=0.0, task=0.0, language=0.0)


def effect(place: Place) -> float:
    return {"none": 0.0, "mnli": 6.0}[place.arm] if place.language == "sw" else 0.0


OF_XNLI: dict[str, Any] = {"name": "alignment", "task": "xnli", "languages": ("sw",), "value": lambda _: 0.3}
SMALL = World(arms=("none", "mnli"), tasks=(XNLI,), effect=effect)


def cube(world: World, experiments: int, *dims: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Values of main metrics: (experiments, *dims)."""
    scores = (simulate(world, seed).scores().where({"main": True}) for seed in range(experiments))
    return np.array([of.cube(dims).values for of in scores])


def test_the_stated_effect_is_what_many_experiments_give() -> None:
    values = cube(SMALL, 60, "arm", "language", "seed")
    means = values.mean(axis=(0, 3))
    # 300 seeds of 200 items, whose parts are shared: half a point is three standard errors.
    assert means == pytest.approx(np.array([[60.0, 60.0], [60.0, 66.0]]), abs=1.0)
    gains = (values[:, 1] - values[:, 0]).mean(axis=(0, 2))
    assert gains == pytest.approx([0.0, 6.0], abs=0.9)


def test_seeds_spread_as_stated() -> None:
    # So many items that nothing else spreads.
    task = SimulatedTask(name="pawsx", languages=("en", "sw", "yo"), items=4000)
    other = dataclasses.replace(task, name="xcopa")
    spread = Spread(run=1.0, task=3.0, language=2.0)
    world = World(arms=("none",), tasks=(task, other), seeds=150, spread=spread)
    (values,) = cube(world, 1, "task", "seed", "language")
    assert values.std(axis=1, ddof=1) == pytest.approx(math.sqrt(1 + 9 + 4), rel=0.15)
    of_tasks = values.mean(axis=2)
    assert of_tasks.std(axis=1, ddof=1) == pytest.approx(math.sqrt(1 + 9 + 4 / 3), rel=0.15)
    assert (values - of_tasks[..., None]).std(axis=1, ddof=1) == pytest.approx(math.sqrt(4 * 2 / 3), rel=0.15)
    shared = np.cov(of_tasks)[0, 1]
    assert shared == pytest.approx(1.0, abs=1.5)


def test_without_spread_seeds_differ_by_their_answers_alone() -> None:
    world = dataclasses.replace(SMALL, spread=NO_SPREAD, seeds=100, tasks=(dataclasses.replace(XNLI, items=100),))
    (values,) = cube(world, 1, "arm", "seed", "language")
    # Less than independent answers, whose standard deviation is that of a share, 4.9: items are the same.
    assert 3.0 < values[0].std(axis=0, ddof=1).mean() < 4.5


def test_a_scale_of_logits() -> None:
    task = dataclasses.replace(XNLI, items=10_000, languages=("sw",))
    world = World(
        arms=("none", "mnli"),
        tasks=(task,),
        seeds=1,
        base=lambda _: 80.0,
        effect=lambda place: 1.0 if place.arm == "mnli" else 0.0,
        spread=NO_SPREAD,
        scale="logit",
    )
    (values,) = cube(world, 1, "arm")
    assert values == pytest.approx([80.0, 100 / (1 + math.exp(-math.log(4) - 1))], abs=1.0)


def test_scores_stay_within_what_scores_can_be() -> None:
    task = dataclasses.replace(XNLI, items=10_000, languages=("sw",))
    world = World(arms=("none",), tasks=(task,), seeds=1, base=lambda _: 99.0, effect=lambda _: 40.0, spread=NO_SPREAD)
    (values,) = cube(world, 1, "arm")
    assert values == pytest.approx([99.5], abs=0.3)


def test_equal_seeds_give_equal_experiments_and_others_do_not() -> None:
    first, again, other = (list(simulate(SMALL, seed).scores().rows) for seed in (1, 1, 2))
    assert first == again
    assert [row["value"] for row in first] != [row["value"] for row in other]
    assert not {row["predictions"] for row in first} & {row["predictions"] for row in other}


def test_further_coordinates_are_scored_apart() -> None:
    def grows(place: Place) -> float:
        return float(place.further.get("step", 0)) / 10

    world = dataclasses.replace(SMALL, effect=grows, further=({}, {"step": 100}, {"step": 200}), spread=NO_SPREAD)
    scores = simulate(world, 1).scores()
    assert [row["clean"] for row in scores.rows].count(True) == len(scores.rows) // 3
    means = {step: np.mean([row["value"] for row in of.rows]) for (step,), of in scores.groups("step").items()}
    assert means == pytest.approx({None: 60.0, 100: 70.0, 200: 80.0}, abs=4.0)


def test_perturbed_scores_say_what_was_done_to_their_rows() -> None:
    tasks = (XNLI, SimulatedTask(name="pawsx", languages=("sw",)))
    world = dataclasses.replace(SMALL, tasks=tasks, further=({}, {"perturbation": "typo:1+local-order:2"}))
    scores = simulate(world, 1).scores().where({"language": "sw", "arm": "none", "seed": 1, "main": True})
    by_task = scores.by_place(("task", "perturbation"))
    assert {place: row["diagnostic"] for place, row in by_task.items()} == {
        ("xnli", ""): False,
        ("xnli", "typo:1+local-order:2"): False,
        ("pawsx", ""): False,
        ("pawsx", "typo:1+local-order:2"): True,
    }
    clean, perturbed = by_task["xnli", ""], by_task["xnli", "typo:1+local-order:2"]
    assert perturbed["data"].startswith(f"{clean['data']}/")
    assert (clean["n_changed"], perturbed["n_changed"]) == (0, perturbed["n"])
    assert scores.paired_whole(clean, perturbed) is not None


def test_measures_are_as_stated() -> None:
    measure = SimulatedMeasure(
        name="alignment",
        task="xnli",
        languages=("sw",),
        value=lambda place: 0.5 if place.arm == "mnli" else 0.2,
        spread=0.1,
    )
    world = dataclasses.replace(SMALL, measures=(measure,), seeds=100)
    rows = evidence(simulate(world, 1)).require_measures("alignment", arm=("none", "mnli"), language=("sw",))
    assert len(rows) == 200
    for arm, value in (("none", 0.2), ("mnli", 0.5)):
        own = [row["value"] for row in rows if row["arm"] == arm]
        assert np.mean(own) == pytest.approx(value, abs=0.03)
        assert np.std(own) == pytest.approx(0.1, abs=0.03)
    # They are drawn last: scores are the same without them.
    without = dataclasses.replace(world, measures=())
    assert simulate(world, 1).scores().rows == simulate(without, 1).scores().rows


def test_items_are_paired_between_arms_and_languages() -> None:
    scores = simulate(SMALL, 1).scores()
    pairs = list(scores.pairs({"arm": "mnli"}, {"arm": "none"}))
    assert len(pairs) == 2 * SMALL.seeds
    for pair in pairs:
        assert pair.items is not None
        mine, theirs = pair.items
        assert (mine.value, theirs.value) == (pair.left["value"], pair.right["value"])
        assert mine.items == theirs.items


def test_gains_are_against_the_arm_without_training_or_the_one_that_is_named() -> None:
    for against, expected in (("", "none"), ("mnli", "mnli")):
        world = dataclasses.replace(SMALL, against=against)
        (found,) = compare_arms(simulate(world, 1).scores())
        assert found.against == expected
    with pytest.raises(UnknownName):
        simulate(dataclasses.replace(SMALL, against="squad"), 1)


def test_intervals_only_where_they_are_asked_for() -> None:
    def lows(scores: Scores) -> list[float | None]:
        return [row["low"] for row in scores.rows]

    assert set(lows(simulate(SMALL, 1).scores())) == {None}
    assert None not in lows(simulate(SMALL, 1, intervals=True).scores())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"arms": ()}, "empty-world"),
        ({"tasks": ()}, "empty-world"),
        ({"seeds": 0}, "empty-world"),
        ({"further": ()}, "empty-world"),
        ({"tasks": (dataclasses.replace(XNLI, languages=()),)}, "empty-world"),
        ({"tasks": (dataclasses.replace(XNLI, items=0),)}, "empty-world"),
        ({"arms": ("mnli", "mnli")}, "two-arms-of-a-label"),
        ({"arms": ("mnli >",)}, "malformed-arm"),
        ({"arms": ("nmli",)}, "unknown-task"),
        ({"tasks": (dataclasses.replace(XNLI, name="nxli"),)}, "unknown-task"),
        ({"tasks": (dataclasses.replace(XNLI, name="mlm"),)}, "kind-not-simulated"),
        ({"tasks": (dataclasses.replace(XNLI, like="nxli"),)}, "unknown-measured-items"),
        ({"base": lambda _: 100.0}, "no-true-score"),
        ({"base": lambda _: math.nan}, "no-true-score"),
        ({"effect": lambda _: math.inf}, "no-true-score"),
        ({"measures": (SimulatedMeasure(**OF_XNLI | {"value": lambda _: math.nan}),)}, "no-simulated-value"),
        ({"measures": (SimulatedMeasure(**OF_XNLI | {"task": "pawsx"}),)}, "measure-of-other-task"),
        ({"measures": (SimulatedMeasure(**OF_XNLI | {"name": "alinment"}),)}, "unknown-measure"),
    ],
)
def test_worlds_that_cannot_be(changes: Mapping[str, Any], code: str) -> None:
    with raises_code(code):
        simulate(dataclasses.replace(SMALL, **changes), 1)
