"""Two arms on one task, answered by the interval over seeds and by that over seeds and items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from harness.results.scores import Scores
from harness.statistics.answer import Answer, Question, answer
from harness.studies.evidence import Evidence
from harness.studies.gains import gains
from harness.studies.item_gains import answer_gain
from harness.testing.validity import Condition
from harness.testing.worlds import Place, SimulatedTask, World
from simulations.conditions import ABROAD, FEW_FALSE, FOUND, NONE_FOUND, Tried


def by_seeds(evidence: Evidence, margin: float) -> Answer:
    """Does one arm gain over another? By the interval over seeds."""
    after, before = _sides(evidence)
    return answer(list(gains(after, before).values()), Question.GAIN, margin=margin)


def by_seeds_and_items(evidence: Evidence, margin: float) -> Answer:
    """The same by the interval over seeds and items, as `mini-effects` answers."""
    after, before = _sides(evidence)
    return answer_gain(after, before, Question.GAIN, margin=margin)


def _sides(evidence: Evidence) -> tuple[Scores, Scores]:
    after, before = (evidence.scores.where({"main": True, "arm": arm}) for arm in ("mnli", "none"))
    return after, before


def conditions(size: float) -> Sequence[Condition]:
    """Two arms on the items of mini's XNLI without effect, with one, and with as many seeds as show that there is none.

    Args:
        size: points that five seeds are to find.
    """
    off = World(arms=("none", "mnli"), tasks=(SimulatedTask(name="xnli", languages=ABROAD, items=300),))
    more = SimulatedTask(name="xnli", languages=ABROAD[:2], items=2000)

    def effect(place: Place) -> float:
        return size if place.arm == "mnli" else 0.0

    return (
        Condition(name="off, 5 seeds, 300 items", world=off, bounds=(FEW_FALSE,)),
        Condition(name=f"on, {size:g} points", world=replace(off, effect=effect), bounds=(FOUND,)),
        Condition(
            name="off, 20 seeds, 2,000 items",
            world=replace(off, seeds=20, tasks=(more,)),
            bounds=(FEW_FALSE, NONE_FOUND),
        ),
    )


OVER_SEEDS = Tried(partial(by_seeds, margin=2.5), conditions(5.0))
OVER_SEEDS_AND_ITEMS = Tried(partial(by_seeds_and_items, margin=2.5), conditions(6.0))
