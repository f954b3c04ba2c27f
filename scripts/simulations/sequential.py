"""The study `sequential`: chains that take points from a low-resource language, and chains that do no harm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from harness_plugins.studies import sequential
from harness_plugins.studies.sequential.scores import scores_at_end

from harness.statistics.answer import Answer
from harness.studies.evidence import Evidence
from harness.testing.validity import Condition
from harness.testing.worlds import Place, SimulatedTask, Spread, World
from simulations.conditions import ABROAD, FEW_FALSE, FOUND, NONE_FOUND, Tried

CHAINS = sequential.Options(targets=("udpos", "tatoeba"), regimes=())


def sequential_answer(evidence: Evidence, margin: float) -> Answer:
    """What `xharness study sequential` answers, of chains of two tasks and as many seeds as there are."""
    seeds = tuple(sorted({row["seed"] for row in evidence.scores.rows}))
    options = replace(CHAINS, seeds=seeds)
    found = scores_at_end(evidence, sequential.arms_of(options), options)
    answered: Answer = sequential.primary(found, margin).answer
    return answered


def sequential_conditions(size: float) -> Sequence[Condition]:
    """As on mini: seeds move a score by 5 points, and targets have 300 items.

    Args:
        size: points that chains lose in the low-resource language of each target, which five seeds are to find.
    """
    arms = [arm for own in sequential.arms_of(CHAINS).values() for arm in own]
    chains = {arm.label for arm in arms if len(arm.phases) > 1}
    base = {"udpos": 60.0, "tatoeba": 40.0}
    off = World(
        arms=("none", *(f"{arm.label}: {arm.text}" for arm in arms)),
        tasks=tuple(SimulatedTask(name=name, languages=ABROAD, items=300) for name in base),
        base=lambda place: base[place.task],
        spread=Spread(task=4.0, language=3.0),
    )

    def effect(place: Place) -> float:
        return -size if place.arm in chains and place.language == "qad" else 0.0

    return (
        Condition(name="off, 5 seeds", world=off, bounds=(FEW_FALSE,)),
        Condition(name=f"on, {size:g} points, 5 seeds", world=replace(off, effect=effect), bounds=(FOUND,)),
        Condition(name="off, 12 seeds", world=replace(off, seeds=12), bounds=(FEW_FALSE, NONE_FOUND)),
        Condition(name="off, 20 seeds", world=replace(off, seeds=20), bounds=(FEW_FALSE, NONE_FOUND)),
    )


TRIED = Tried(partial(sequential_answer, margin=5.0), sequential_conditions(9.0))
