"""The study `vision-language`: images that add points, raw or centred, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from harness_plugins.studies import vision_language
from harness_plugins.studies.vision_language.arms import NONE, arm_texts, centred
from harness_plugins.studies.vision_language.scores import scores_of_texts

from harness.statistics.answer import Answer
from harness.studies.evidence import Evidence
from harness.testing.validity import Condition
from harness.testing.worlds import Place, SimulatedTask, Spread, World
from simulations.conditions import ABROAD, FEW_FALSE, FOUND, NONE_FOUND, Tried

IMAGES = vision_language.Options(targets=("tatoeba", "bucc2018"), further=(), layers=(), retrieval="")


def vision_language_answer(evidence: Evidence, margin: float) -> Answer:
    """What `xharness study vision-language` answers, of its two arms that decide, and as many seeds as there are."""
    seeds = tuple(sorted({row["seed"] for row in evidence.scores.rows}))
    answered: Answer = vision_language.primary(scores_of_texts(evidence, replace(IMAGES, seeds=seeds)), margin).answer
    return answered


def vision_language_conditions(size: float) -> Sequence[Condition]:
    """As on mini, where a seed moves the difference of two arms by four points; targets have 300 items.

    Args:
        size: points that images add in every language, which five seeds are to find.
    """
    texts = arm_texts(IMAGES)
    arms = {**texts, **{centred(label): text for label, text in {NONE: NONE, **texts}.items()}}
    base = {"tatoeba": 40.0, "bucc2018": 50.0}
    off = World(
        arms=(NONE, *(f"{label}: {text}" for label, text in arms.items())),
        tasks=tuple(SimulatedTask(name=name, languages=ABROAD, items=300) for name in base),
        base=lambda place: base[place.task],
        spread=Spread(run=2.0, task=2.5, language=2.0),
    )

    def effect(place: Place) -> float:
        return size if place.arm.startswith("captions") else 0.0

    def turned_round(place: Place) -> float:
        return {"captions": size, "captions centred": -size}.get(place.arm, 0.0)

    return (
        Condition(name="off, 5 seeds", world=off, bounds=(FEW_FALSE,)),
        Condition(name=f"on, {size:g} points, 5 seeds", world=replace(off, effect=effect), bounds=(FOUND,)),
        Condition(
            name="on, but a loss once centred, 5 seeds", world=replace(off, effect=turned_round), bounds=(FEW_FALSE,)
        ),
        Condition(name="off, 12 seeds", world=replace(off, seeds=12), bounds=(FEW_FALSE, NONE_FOUND)),
    )


TRIED = Tried(partial(vision_language_answer, margin=5.0), vision_language_conditions(8.0))
