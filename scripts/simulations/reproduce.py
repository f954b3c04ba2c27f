"""The study `reproduce`: intermediate tasks that add the same to every target, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from harness_plugins.studies import reproduce

from harness.statistics.answer import Answer
from harness.studies.evidence import Evidence
from harness.testing.validity import Condition
from harness.testing.worlds import Place, SimulatedTask, Spread, World
from simulations.conditions import ABROAD, FEW_FALSE, FOUND, NONE_FOUND, Tried

REPRODUCED = reproduce.Options(
    tasks=("mnli", "squad", "hellaswag"), targets=("xnli", "xquad", "tatoeba"), mlm=False, translated=()
)


def reproduced_answer(evidence: Evidence, margin: float) -> Answer:
    """What `xharness study reproduce` answers, of three tasks and as many seeds as there are."""
    seeds = tuple(sorted({row["seed"] for row in evidence.scores.rows}))
    options = replace(REPRODUCED, seeds=seeds, margin=margin)
    answered: Answer = reproduce.primary(reproduce.scores_of(evidence, options), options).answer
    return answered


def reproduced_conditions(size: float) -> Sequence[Condition]:
    """As on mini: seeds move a score by 5 points, and targets have 300 items.

    Args:
        size: points that each task adds to each target, which three seeds are to find.
    """
    arms = reproduce.arms_of(REPRODUCED)
    base = {"xnli": 60.0, "xquad": 50.0, "tatoeba": 40.0}
    off = World(
        arms=("none", *(f"{reproduce.label(arm)}: {text}" for arm, text in arms.items())),
        tasks=tuple(SimulatedTask(name=name, languages=("en", *ABROAD[:3]), items=300) for name in base),
        seeds=3,
        base=lambda place: base[place.task],
        spread=Spread(task=4.0, language=3.0),
    )

    def effect(place: Place) -> float:
        return size if place.arm != "none" else 0.0

    return (
        Condition(name="off, 3 seeds", world=off, bounds=(FEW_FALSE,)),
        Condition(name=f"on, {size:g} points, 3 seeds", world=replace(off, effect=effect), bounds=(FOUND,)),
        Condition(name="off, 12 seeds", world=replace(off, seeds=12), bounds=(FEW_FALSE, NONE_FOUND)),
    )


TRIED = Tried(partial(reproduced_answer, margin=5.0), reproduced_conditions(10.0))
