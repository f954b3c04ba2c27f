"""The generated world: its words, its events, and changes of an event whose effect on its meaning is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

GENERATOR_VERSION = 1
"""Raised whenever any generated row changes."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _pairs(text: str) -> dict[str, str]:
    words = text.replace(",", "").split()
    return dict(zip(words[::2], words[1::2], strict=True))


NAMES = _words("Anna Ben Carla David Emma Frank Grace Hugo Iris Jonas Kate Leo Mara Nina Oscar Paul")
PROFESSIONS = _words("teacher doctor farmer nurse baker driver singer pilot lawyer student")
PEOPLE = NAMES + PROFESSIONS
KINDS = {
    "animal": _words("dog cat horse goat"),
    "food": _words("apple bread cheese soup"),
    "tool": _words("hammer shovel ladder rope"),
    "clothing": _words("coat hat shirt boot"),
    "vehicle": _words("bicycle car boat truck"),
    "furniture": _words("chair table lamp bed"),
}
KIND_OF = {thing: kind for kind, things in KINDS.items() for thing in things}
THINGS = tuple(KIND_OF)
PLACE_OF = _pairs("animal farm, food kitchen, tool workshop, clothing closet, vehicle garage, furniture office")
PLACES = (*PLACE_OF.values(), *_words("park market school station"))
DAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")

# Verbs in the order in which their events follow each other, in a circle, and how the patient is afterwards.
OUTCOMES_FOR_PEOPLE = _pairs(
    "call informed, follow nervous, push angry, blame offended, teach wiser, help relieved, praise proud, thank pleased"
)
OUTCOMES_FOR_THINGS = _pairs(
    "lose missing, find safe, wash spotless, paint colourful, sell gone, buy owned, carry elsewhere, hide secret"
)
OUTCOME = OUTCOMES_FOR_PEOPLE | OUTCOMES_FOR_THINGS
VERBS_FOR_PEOPLE = tuple(OUTCOMES_FOR_PEOPLE)
VERBS_FOR_THINGS = tuple(OUTCOMES_FOR_THINGS)
VERBS = VERBS_FOR_PEOPLE + VERBS_FOR_THINGS
NEXT = {
    verb: verbs[(place + 1) % len(verbs)]
    for verbs in (VERBS_FOR_PEOPLE, VERBS_FOR_THINGS)
    for place, verb in enumerate(verbs)
}

# Opposites stand side by side.
ADJECTIVES_FOR_PEOPLE = _words("tall short happy sad rich poor young old")
ADJECTIVES_FOR_THINGS = _words("big small heavy light cheap expensive dry wet")
ADJECTIVES = ADJECTIVES_FOR_PEOPLE + ADJECTIVES_FOR_THINGS
OPPOSITE = {ADJECTIVES[place]: ADJECTIVES[place ^ 1] for place in range(len(ADJECTIVES))}
# Every verb has a synonym, so that every event can be reworded.
SYNONYM = _pairs(
    "call phone, follow chase, push shove, blame accuse, teach instruct, help assist, praise commend, "
    "thank acknowledge, lose misplace, find discover, wash rinse, paint decorate, sell trade, buy purchase, "
    "carry transport, hide conceal, big large, small little, happy glad, rich wealthy"
)

CONTENT_WORDS = tuple(
    dict.fromkeys(
        [*PROFESSIONS, *KINDS, *THINGS, *PLACES, *DAYS, *VERBS, *ADJECTIVES, *SYNONYM.values(), *OUTCOME.values()]
    )
)
FUNCTION_WORDS = _words(
    "the in on not did who what where when which how is after that one does look for kind of a thing"
)

Slot = str
"""A part of an event: agent, verb, patient, place or time."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A person or a thing, by name or noun, and an adjective or ""."""

    noun: str
    adjective: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """An event and how it is worded, in English words; "" stands for what is not said.

    Two meanings are the same event if they differ only by synonyms and by `front`: "place" or "time" if said first.
    """

    agent: Entity
    verb: str
    patient: Entity
    place: str = ""
    time: str = ""
    negated: bool = False
    front: Slot = ""


def draw(rng: Random, count: int = 1, verbs: Sequence[str] = VERBS) -> list[Meaning]:
    """Events that share no verb, person or thing, so that a question about one has one answer."""
    people = iter(rng.sample(PEOPLE, 2 * count))
    things = iter(rng.sample(THINGS, count))
    return [
        Meaning(
            agent=_entity(rng, next(people)),
            verb=verb,
            patient=_entity(rng, next(people if verb in VERBS_FOR_PEOPLE else things)),
            place=rng.choice(PLACES) if rng.random() < 0.7 else "",
            time=rng.choice(DAYS) if rng.random() < 0.7 else "",
        )
        for verb in rng.sample(verbs, count)
    ]


def having(event: Meaning, slot: Slot, value: Entity | str) -> Meaning:
    """The event with another value in a slot."""
    change: dict[str, Any] = {slot: value}
    return replace(event, **change)


def without(event: Meaning, slot: Slot) -> Meaning:
    """The event as far as a question about a slot tells it; the noun stays, as it decides between "who" and "what"."""
    return having(event, slot, "" if slot in ("place", "time") else Entity(getattr(event, slot).noun))


def reworded(event: Meaning, rng: Random) -> Meaning:
    """The same event in other words: synonyms, or another part first. Never the same wording."""
    changes: list[tuple[Slot, Entity | str]] = [("verb", SYNONYM[event.verb])]
    for slot, entity in _actors(event):
        if entity.adjective in SYNONYM:
            changes.append((slot, Entity(entity.noun, SYNONYM[entity.adjective])))
    if fronts := [slot for slot in ("place", "time") if getattr(event, slot)]:
        changes.append(("front", rng.choice(fronts)))
    for slot, value in [change for change in changes if rng.random() < 0.5] or [rng.choice(changes)]:
        event = having(event, slot, value)
    return event


def with_less(event: Meaning) -> list[Meaning]:
    """The event with one detail left out; follows from the event if it is not negated."""
    adjectives = [without(event, slot) for slot, entity in _actors(event) if entity.adjective]
    return adjectives + [without(event, slot) for slot in ("place", "time") if getattr(event, slot)]


def with_more(event: Meaning, rng: Random) -> list[Meaning]:
    """The event with one detail added that nobody can know from it."""
    more = [
        having(event, slot, Entity(entity.noun, rng.choice(_adjectives(entity.noun))))
        for slot, entity in _actors(event)
        if not entity.adjective and entity.noun not in NAMES
    ]
    known = {"place": PLACES, "time": DAYS}
    return more + [having(event, slot, rng.choice(known[slot])) for slot in known if not getattr(event, slot)]


def with_opposite(event: Meaning) -> list[Meaning]:
    """The event with one adjective turned into its opposite."""
    return [
        having(event, slot, Entity(entity.noun, OPPOSITE[entity.adjective]))
        for slot, entity in _actors(event)
        if entity.adjective
    ]


def swapped(event: Meaning) -> list[Meaning]:
    """The event with roles exchanged, or with adjectives exchanged: other events in the same words."""
    agent, patient = event.agent, event.patient
    if patient.noun not in PEOPLE:
        return []
    swaps = [replace(event, agent=patient, patient=agent)]
    if agent.adjective and patient.adjective and agent.adjective != patient.adjective:
        swapped_agent, swapped_patient = Entity(agent.noun, patient.adjective), Entity(patient.noun, agent.adjective)
        swaps.append(replace(event, agent=swapped_agent, patient=swapped_patient))
    return swaps


def _actors(event: Meaning) -> list[tuple[Slot, Entity]]:
    return [("agent", event.agent), ("patient", event.patient)]


def _adjectives(noun: str) -> tuple[str, ...]:
    return ADJECTIVES_FOR_PEOPLE if noun in PEOPLE else ADJECTIVES_FOR_THINGS


def _entity(rng: Random, noun: str) -> Entity:
    told = noun not in NAMES and rng.random() < 0.6
    return Entity(noun, rng.choice(_adjectives(noun)) if told else "")
