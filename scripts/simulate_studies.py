#!/usr/bin/env python
"""How often studies are right: their answers to simulated experiments whose truth is known.

Each line is a condition: a world in which the effect is off, or on at a stated size. 500 experiments are drawn of it,
records and items as runs write them, and the study answers by its own rule. Percentages are of experiments, with 95 %
intervals. Without effect, yes is asked for in at most 7.5 % of them. `--only TEXT` takes the studies with it.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from harness_plugins.studies import reproduce, robustness, sequential, similarity, vision_language
from harness_plugins.studies.robustness.answers import primary as robust_primary
from harness_plugins.studies.robustness.cells import Cells, chance
from harness_plugins.studies.sequential.scores import scores_at_end
from harness_plugins.studies.similarity.answers import primary
from harness_plugins.studies.similarity.cells import cells_of
from harness_plugins.studies.similarity.ranks import permuted_sources
from harness_plugins.studies.vision_language.arms import NONE, arm_texts, centred
from harness_plugins.studies.vision_language.scores import scores_of_texts
from numpy.typing import NDArray

from harness.markup import markdown
from harness.registry import default_registry
from harness.results.scores import Scores
from harness.statistics.answer import Answer, Question, Reply, answer
from harness.studies.evidence import Evidence
from harness.studies.gains import gains
from harness.studies.item_gains import answer_gain
from harness.studies.options import with_values
from harness.testing.validity import EXPERIMENTS, Analyse, Bound, Condition, rates_of, rates_table
from harness.testing.worlds import Place, SimulatedTask, Spread, World

ABROAD = ("qaa", "qab", "qac", "qad", "qae")

FEW_FALSE = Bound(Reply.YES, most=0.075)
"""Asked wherever there is no effect."""
FOUND = Bound(Reply.YES, least=0.8)
NONE_FOUND = Bound(Reply.NO, least=0.8)


@dataclass(frozen=True)
class Tried:
    """A study, and the conditions under which it is tried."""

    analyse: Analyse
    conditions: Sequence[Condition]


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


CHAINS = sequential.Options(targets=("udpos", "tatoeba"), regimes=())

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
            above = base[place.task] + better * arm - chance(place.task)
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


IMAGES = vision_language.Options(targets=("tatoeba", "bucc2018"), further=(), layers=(), retrieval="")


LOW = ("qad", "qaf", "qag")
SHARED_BY_TARGETS = 0.5
"""Share of the variance of gains, and of similarities, that is a source's own, whatever the target."""


@dataclass(frozen=True)
class Ranked:
    """The true gains of sources, in standard deviations, and similarities that know some of them.

    Attributes:
        knows: correlation of similarities with true gains.
    """

    sources: int
    targets: tuple[str, ...]
    knows: float = 0.0

    def gain(self, place: Place) -> float:
        """Of an arm; 0 for `none`."""
        source = place.arm.removesuffix(" alone")
        return 0.0 if source == "none" else self._gains[self._names.index(source), self.targets.index(place.task)]

    @functools.cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(f"source{number}" for number in range(self.sources))

    @functools.cached_property
    def _gains(self) -> NDArray[np.float64]:
        return self._table(np.random.default_rng(0))

    def _table(self, generator: np.random.Generator) -> NDArray[np.float64]:
        own, pair = generator.standard_normal((self.sources, 1)), generator.standard_normal(self._shape)
        return np.asarray(SHARED_BY_TARGETS**0.5 * own + (1 - SHARED_BY_TARGETS) ** 0.5 * pair)

    @property
    def _shape(self) -> tuple[int, int]:
        return self.sources, len(self.targets)

    def world(self, size: float, seeds: int) -> World:
        """In which gains have a standard deviation of some points."""
        return World(
            arms=("none", *(f"{name} alone: mnli" for name in self._names)),
            tasks=tuple(SimulatedTask(name=target, languages=LOW, items=300) for target in self.targets),
            seeds=seeds,
            effect=lambda place: size * self.gain(place),
            spread=Spread(task=4.0, language=3.0),
        )

    def answer(self, evidence: Evidence) -> Answer:
        """What the study `similarity` answers, where each experiment has similarities of its own."""
        seed = hashlib.sha256(repr([row["value"] for row in evidence.scores.rows]).encode()).digest()
        alike = self.knows * self._gains + (1 - self.knows**2) ** 0.5 * self._table(
            np.random.default_rng(int.from_bytes(seed[:8], "big"))
        )
        rows = [
            {"measure": similarity.PRIMARY, "other_task": name, "task": target, "language": code, "value": float(value)}
            for name, own in zip(self._names, alike, strict=True)
            for target, value in zip(self.targets, own, strict=True)
            for code in LOW
        ]
        seeds = sorted({row["seed"] for row in evidence.scores.rows})
        cells = cells_of(replace(evidence, measures=rows), self._names, self.targets, seeds, (), (similarity.PRIMARY,))
        found: Answer = primary(cells, similarity.PRIMARY, 0.3, permuted_sources(self.sources)).answer
        return found


FEW_TARGETS = ("pawsx", "udpos", "xcopa", "tydiqa")
RANKED = {
    "off, 9 sources": Ranked(9, FEW_TARGETS),
    "on, correlation 0.8, 9 sources": Ranked(9, FEW_TARGETS, 0.8),
    "off, 40 sources": Ranked(40, (*FEW_TARGETS, "panx", "mlqa")),
}
"""By the condition, which stands for the model in records."""


def by_similarity(evidence: Evidence) -> Answer:
    """What the study `similarity` answers to the similarities of a condition."""
    return RANKED[evidence.scores.rows[0]["model_name"]].answer(evidence)


def ranking(size: float) -> Sequence[Condition]:
    """Nine sources and four targets, as on mini, and many sources.

    Args:
        size: standard deviation of true gains, in points.
    """
    bounds = ((FEW_FALSE,), (FOUND,), (FEW_FALSE, NONE_FOUND))
    return tuple(
        Condition(name=name, world=replace(ranked.world(size, seeds), model=name), bounds=own)
        for (name, ranked), own, seeds in zip(RANKED.items(), bounds, (5, 5, 2), strict=True)
    )


STUDIES: Mapping[str, Tried] = {
    "selection": Tried(by_selection, selecting(10.0)),
    "two arms, over seeds": Tried(partial(by_seeds, margin=2.5), conditions(5.0)),
    "two arms, over seeds and items": Tried(partial(by_seeds_and_items, margin=2.5), conditions(6.0)),
    "sequential": Tried(partial(sequential_answer, margin=5.0), sequential_conditions(9.0)),
    "reproduce": Tried(partial(reproduced_answer, margin=5.0), reproduced_conditions(10.0)),
    "robustness": Tried(robust_answer, robust_conditions(12.0)),
    "vision-language": Tried(partial(vision_language_answer, margin=5.0), vision_language_conditions(8.0)),
    "similarity": Tried(by_similarity, ranking(6.0)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=EXPERIMENTS, help="of each condition")
    parser.add_argument("--only", default="", help="studies with this in their name")
    asked = parser.parse_args()
    for name, tried in STUDIES.items():
        if asked.only in name:
            rates = [rates_of(condition, tried.analyse, asked.experiments) for condition in tried.conditions]
            print(f"{markdown([rates_table(name, rates)], [])}\n", flush=True)


if __name__ == "__main__":
    main()
