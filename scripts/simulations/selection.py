"""The study `selection`: candidates that one criterion, both or none of them knows to be better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.registry import default_registry
from harness.statistics.answer import Answer
from harness.studies.evidence import Evidence
from harness.studies.options import with_values
from harness.testing.validity import Condition
from harness.testing.worlds import Place, SimulatedTask, Spread, World
from simulations.conditions import ABROAD, FEW_FALSE, FOUND, NONE_FOUND, Tried

SELECTING = ("mnli{steps=100}", "mnli{steps=300}", "squad{steps=100}", "squad{steps=300}")
OUTCOMES = ("xquad", "xcopa", "tatoeba")


def by_selection(evidence: Evidence) -> Answer:
    """What the study `selection` answers, at mini's margin."""
    study = default_registry().studies["selection"]
    seeds = tuple(sorted({row["seed"] for row in evidence.scores.rows}))
    options = with_values(
        study.tiers["small"],
        {"tasks": ["mnli", "squad"], "steps": [100, 300], "outcomes": OUTCOMES, "seeds": seeds, "margin": 5.0},
        where="scripts/simulate_studies.py",
    )
    return study.analyse(evidence, options).primary.answer


def selecting(size: float) -> Sequence[Condition]:
    """Four candidates, on items like mini's and with seeds that differ as much as on mini.

    Args:
        size: points that the two candidates are ahead that XNLI accuracy picks, where TyDi QA F1 picks the others.
    """
    # TyDi QA's items are like those of XNLI, so that both are equally good criteria where they are to be.
    tasks = tuple(
        SimulatedTask(name=name, languages=ABROAD[:3], items=300, like="xnli" if name == "tydiqa" else "")
        for name in ("xnli", "tydiqa", *OUTCOMES)
    )
    off = World(arms=("none", *SELECTING), tasks=tasks, spread=Spread(run=2.0, task=3.0, language=1.5))

    def both_know(place: Place) -> float:
        return 6.0 if place.arm.startswith("mnli") else 0.0

    def one_knows(place: Place) -> float:
        ahead = "squad" if place.task == "tydiqa" else "mnli"
        return (size if place.task in OUTCOMES else 8.0) if place.arm.startswith(ahead) else 0.0

    return (
        Condition(name="off, all candidates equal", world=off, bounds=(FEW_FALSE,)),
        Condition(
            name="off, both criteria know the better ones",
            world=replace(off, effect=both_know),
            bounds=(FEW_FALSE,),
        ),
        Condition(
            name=f"on, {size:g} points that one criterion knows",
            world=replace(off, effect=one_knows),
            bounds=(FOUND,),
        ),
        Condition(
            name="off, both know, 20 seeds",
            world=replace(off, seeds=20, effect=both_know),
            bounds=(FEW_FALSE, NONE_FOUND),
        ),
    )


TRIED = Tried(by_selection, selecting(10.0))
