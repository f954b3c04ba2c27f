"""Rows with several choices: what comes next, what follows, and what things are."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.rows import MultipleChoiceRow
from harness.sources.mini import world
from harness.sources.mini.world import Entity

if TYPE_CHECKING:
    from random import Random

    from harness.sources.mini.grammars import Grammar


def ending(rng: Random, grammar: Grammar, case: int) -> MultipleChoiceRow:
    """Which event comes next: the world's next one with the same people and things.

    Choices are two verbs times two agents or patients, so that no choice stands out without the context.
    """
    verbs = rng.choice((world.VERBS_FOR_PEOPLE, world.VERBS_FOR_THINGS))
    event, other = world.draw(rng, 2, verbs)
    slot = rng.choice(("agent", "patient"))
    wrong_verb = rng.choice([verb for verb in verbs if verb not in (event.verb, world.NEXT[event.verb])])
    right, *wrong = [
        world.having(replace(event, place="", time="", verb=verb), slot, entity)
        for verb, entity in itertools.product(
            (world.NEXT[event.verb], wrong_verb), (getattr(event, slot), getattr(other, slot))
        )
    ]
    rng.shuffle(wrong)
    return MultipleChoiceRow(
        context=grammar.sentence(event).text,
        choices=_with_right_at(case, grammar.sentence(right).text, [grammar.sentence(one).text for one in wrong]),
        label=case,
    )


def outcome(rng: Random, grammar: Grammar, case: int) -> MultipleChoiceRow:
    """How somebody or something is after one of two events; the other event's outcome is among the choices."""
    verbs = rng.choice((world.VERBS_FOR_PEOPLE, world.VERBS_FOR_THINGS))
    event, other = world.draw(rng, 2, verbs)
    told = [event, other]
    rng.shuffle(told)
    unrelated = [world.OUTCOME[verb] for verb in verbs if verb not in (event.verb, other.verb)]
    wrong = [world.OUTCOME[other.verb], *rng.sample(unrelated, 2)]
    rng.shuffle(wrong)

    def state(adjective: str) -> str:
        return grammar.gloss(event.patient, "is", adjective, end=".").text

    return MultipleChoiceRow(
        context=" ".join(grammar.sentence(one).text for one in told),
        question=grammar.gloss("how is", event.patient, "after that", end="?").text,
        choices=_with_right_at(case, state(world.OUTCOME[event.verb]), [state(one) for one in wrong]),
        label=case,
    )


def fact(rng: Random, grammar: Grammar, case: int) -> MultipleChoiceRow:
    """What kind a thing is of, which thing is of a kind, or where a thing is usually found."""
    thing = rng.choice(world.THINGS)
    kind = world.KIND_OF[thing]
    form = rng.choice(("kind", "thing", "place"))
    if form == "kind":
        question = grammar.gloss("what kind of thing is", Entity(thing), end="?")
        right, known = kind, [other for other in world.KINDS if other != kind]
    elif form == "thing":
        question = grammar.gloss("which one is a kind of", kind, end="?")
        right, known = thing, [other for other in world.THINGS if world.KIND_OF[other] != kind]
    else:
        question = grammar.gloss("where does one look for", Entity(thing), end="?")
        right, known = world.PLACE_OF[kind], [place for place in world.PLACES if place != world.PLACE_OF[kind]]
    wrong = [grammar.lexicon[word] for word in rng.sample(known, 4)]
    return MultipleChoiceRow(
        context=question.text, choices=_with_right_at(case, grammar.lexicon[right], wrong), label=case
    )


def _with_right_at(place: int, right: str, wrong: list[str]) -> tuple[str, ...]:
    return (*wrong[:place], right, *wrong[place:])
