"""Rows with several choices: what comes next, what follows, why, and what things are."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.rows import MultipleChoiceRow
from harness.sources.mini import world
from harness.sources.mini.vocabulary import (
    A_KIND_OF,
    KIND_OF,
    KINDS,
    NEXT,
    OUTCOME,
    PLACE_OF,
    PLACES,
    VERBS_FOR_PEOPLE,
    VERBS_FOR_THINGS,
)
from harness.sources.mini.world import Entity, Event, Genre, State

if TYPE_CHECKING:
    from random import Random

    from harness.sources.mini.grammars import Grammar

PREVIOUS = {following: verb for verb, following in NEXT.items()}


def ending(rng: Random, grammar: Grammar, genre: Genre, case: int) -> MultipleChoiceRow:
    """Which event comes next: the world's next one with the same people and things.

    Choices are two verbs times two agents or patients, so that no choice stands out without the context.
    """
    verbs = rng.choice((VERBS_FOR_PEOPLE, VERBS_FOR_THINGS))
    event, other = world.draw(rng, genre, 2, verbs)
    slot = rng.choice(("agent", "patient"))
    wrong_verb = rng.choice([verb for verb in verbs if verb not in (event.verb, NEXT[event.verb])])
    right, *wrong = [
        world.having(replace(event, place="", time="", front="", verb=verb), slot, entity)
        for verb, entity in itertools.product(
            (NEXT[event.verb], wrong_verb), (getattr(event, slot), getattr(other, slot))
        )
    ]
    rng.shuffle(wrong)
    return MultipleChoiceRow(
        context=grammar.sentence(event).text,
        choices=_with_right_at(case, grammar.sentence(right).text, [grammar.sentence(one).text for one in wrong]),
        label=case,
    )


def outcome(rng: Random, grammar: Grammar, genre: Genre, case: int) -> MultipleChoiceRow:
    """How somebody or something is after one of two events; the other event's outcome is among the choices."""
    verbs = rng.choice((VERBS_FOR_PEOPLE, VERBS_FOR_THINGS))
    event, other = world.draw(rng, genre, 2, verbs)
    told = [event, other]
    rng.shuffle(told)
    unrelated = [OUTCOME[verb] for verb in verbs if verb not in (event.verb, other.verb)]
    wrong = [OUTCOME[other.verb], *rng.sample(unrelated, 2)]
    rng.shuffle(wrong)
    return _about_patient(grammar, told, event, case, OUTCOME[event.verb], wrong)


def feeling(rng: Random, grammar: Grammar, genre: Genre, case: int) -> MultipleChoiceRow:
    """How somebody feels after what was done to them, of three feelings."""
    (event,) = world.draw(rng, genre, verbs=VERBS_FOR_PEOPLE)
    wrong = rng.sample([OUTCOME[verb] for verb in VERBS_FOR_PEOPLE if verb != event.verb], 2)
    return _about_patient(grammar, [event], event, case, OUTCOME[event.verb], wrong)


def cause_or_effect(rng: Random, grammar: Grammar, genre: Genre, case: int) -> MultipleChoiceRow:
    """What happened before or after an event, of two events with the same people and things.

    The case is whether it is asked for a cause (0, 1) or an effect (2, 3), and which choice is right.
    """
    way, place = divmod(case, 2)
    verbs = rng.choice((VERBS_FOR_PEOPLE, VERBS_FOR_THINGS))
    (event,) = world.draw(rng, genre, verbs=verbs)
    right = (NEXT if way else PREVIOUS)[event.verb]
    wrong = rng.choice([verb for verb in verbs if verb not in (event.verb, NEXT[event.verb], PREVIOUS[event.verb])])
    bare = Event(agent=Entity(event.agent.noun), verb="", patient=Entity(event.patient.noun))
    right_text, wrong_text = [
        grammar.sentence(replace(bare, verb=verb, passive=rng.random() < genre.passive)).text for verb in (right, wrong)
    ]
    return MultipleChoiceRow(
        context=grammar.sentence(event).text,
        question=grammar.saying("then what" if way else "why", "?").text,
        choices=_with_right_at(place, right_text, [wrong_text]),
        label=place,
    )


def fact(rng: Random, grammar: Grammar, genre: Genre, case: int) -> MultipleChoiceRow:
    """What kind a thing is of, which thing is of a kind, or where a thing is usually found."""
    thing = rng.choice(genre.things)
    kind = KIND_OF[thing]
    is_a = State(subject=Entity(thing), relation=A_KIND_OF, value=Entity(kind))
    form = rng.choice(("kind", "thing", "place"))
    if form == "kind":
        question = grammar.question(is_a, "value")
        right, known = kind, [other for other in KINDS if other != kind]
    elif form == "thing":
        question = grammar.question(is_a, "subject")
        right, known = thing, [other for other in genre.things if KIND_OF[other] != kind]
    else:
        question = grammar.question(State(subject=Entity(thing), relation="in", value=Entity("farm")), "value")
        right, known = PLACE_OF[kind], [place for place in PLACES if place != PLACE_OF[kind]]
    wrong = [grammar.phrase(Entity(word)).text for word in rng.sample(known, 4)]
    return MultipleChoiceRow(
        context=question.text, choices=_with_right_at(case, grammar.phrase(Entity(right)).text, wrong), label=case
    )


def _about_patient(
    grammar: Grammar, told: list[Event], event: Event, case: int, right: str, wrong: list[str]
) -> MultipleChoiceRow:
    states = [State(subject=Entity(event.patient.noun), value=Entity(adjective)) for adjective in (right, *wrong)]
    right_text, *wrong_texts = [grammar.sentence(state).text for state in states]
    return MultipleChoiceRow(
        context=" ".join(grammar.sentence(one).text for one in told),
        question=grammar.question(states[0], "value").text,
        choices=_with_right_at(case, right_text, wrong_texts),
        label=case,
    )


def _with_right_at(place: int, right: str, wrong: list[str]) -> tuple[str, ...]:
    return (*wrong[:place], right, *wrong[place:])
