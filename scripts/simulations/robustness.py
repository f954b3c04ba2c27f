"""The study `robustness`: an arm that keeps more of its clean score above chance, or is only better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness_plugins.studies import robustness
from harness_plugins.studies.robustness.answers import primary as robust_primary
from harness_plugins.studies.robustness.cells import Cells, chance

from harness.statistics.answer import Answer
from harness.studies.evidence import Evidence
from harness.testing.validity import Condition
from harness.testing.worlds import Place, SimulatedTask, Spread, World
from simulations.conditions import ABROAD, FEW_FALSE, FOUND, NONE_FOUND, Tried

ROBUST = robustness.Options(
    arms=("mnli",), targets=("xnli", "xcopa"), perturbations=("typo", "hypothesis-only:3"), severities=(2, 3)
)
LOST = {"typo:2": 0.2, "typo:3": 0.4, "hypothesis-only:3": 0.8}
"""Share of the true score above chance that a condition takes."""


def robust_answer(evidence: Evidence) -> Answer:
    """What `xharness study robustness` answers, of one arm and as many seeds as there are."""
    seeds = tuple(sorted({row["seed"] for row in evidence.scores.rows}))
    arms = list(ROBUST.labelled)
    cells = Cells.of(evidence, arms, ROBUST.targets, seeds, ROBUST.conditions)
    answered: Answer = robust_primary(cells, ROBUST.margin).answer
    return answered


def robust_conditions(kept: float) -> Sequence[Condition]:
    """As on mini: 300 items, seeds that move a task by 3 points, and two conditions that take 20 and 40 %.

    Args:
        kept: percent of the clean score above chance that an arm keeps more, which five seeds are to find.
    """
    base = {"xnli": 60.0, "xcopa": 75.0}

    def world(better: float, more: float) -> World:
        def effect(place: Place) -> float:
            arm = place.arm != "none"
            above: float = base[place.task] + better * arm - chance(place.task)
            lost = LOST.get(str(place.further.get("perturbation")), 0.0)
            # What changes labels takes the same from both.
            saved = more / 100 if arm and 0 < lost < 0.8 else 0.0
            return better * arm - above * (lost - saved)

        return World(
            arms=("none", "mnli"),
            tasks=tuple(SimulatedTask(name=name, languages=ABROAD[:3], items=300) for name in base),
            base=lambda place: base[place.task],
            effect=effect,
            spread=Spread(run=1.0, task=3.0, language=1.0),
            further=({}, *({"perturbation": name} for name in ROBUST.conditions)),
        )

    off = world(0.0, 0.0)
    return (
        Condition(name="off, equally good, 5 seeds", world=off, bounds=(FEW_FALSE,)),
        Condition(name="off, 8 points better on clean rows, 5 seeds", world=world(8.0, 0.0), bounds=(FEW_FALSE,)),
        Condition(name=f"on, {kept:g} % more is kept, 5 seeds", world=world(0.0, kept), bounds=(FOUND,)),
        Condition(name="off, 12 seeds", world=replace(off, seeds=12), bounds=(FEW_FALSE, NONE_FOUND)),
    )


TRIED = Tried(robust_answer, robust_conditions(12.0))
