"""What can happen in the generated world, and changes of it whose effect on what is true is known."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from harness.sources.mini.vocabulary import (
    ADJECTIVES_FOR_PEOPLE,
    ADJECTIVES_FOR_THINGS,
    BRANDS,
    CITIES,
    DAYS,
    KINDS,
    NAMES,
    OPPOSITE,
    PEOPLE,
    PLACES,
    PROFESSIONS,
    SYNONYM,
    THINGS,
    VERBS,
    VERBS_FOR_PEOPLE,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Slot = str
"""A part of an event: agent, verb, patient, place or time; of a state: subject or value."""


class Entity(Struct, frozen=True, gc=False):
    """A person, a thing or a company, by name or noun, and an adjective or ""."""

    noun: str
    adjective: str = ""


class Event(Struct, frozen=True, gc=False, kw_only=True):
    """Something that happened, or did not, and how it is worded, in English words; "" stands for what is not said.

    Two of them are the same event if they differ only by synonyms, `passive` and `front`: the slot that is said first.
    """

    agent: Entity
    verb: str
    patient: Entity
    place: str = ""
    time: str = ""
    negated: bool = False
    passive: bool = False
    front: Slot = ""


class State(Struct, frozen=True, gc=False, kw_only=True):
    """What somebody or something is, or where: "the dog is wet", "a kind of animal", "in the park", "above the car".

    Attributes:
        relation: "" before an adjective, else "a kind of", "in", "above", "below" or "beside".
    """

    subject: Entity
    relation: str = ""
    value: Entity
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Genre:
    """What texts of one sort speak of and how.

    Attributes:
        passive: share of events told in the passive voice.
        front: share of events with their place or time said first.
        details: share of events' places and times, and of nouns' adjectives, that are told.
    """

    name: str
    names: tuple[str, ...] = NAMES
    things: tuple[str, ...] = THINGS
    cities: tuple[str, ...] = CITIES
    brands: tuple[str, ...] = BRANDS
    passive: float
    front: float
    details: float

    @property
    def people(self) -> tuple[str, ...]:
        """Who can act: people of this genre by name, and anybody by profession."""
        return (*self.names, *PROFESSIONS)


def _half(words: Sequence[str], which: int) -> tuple[str, ...]:
    return tuple(words[which * len(words) // 2 : (which + 1) * len(words) // 2])


def _half_of_each_kind(which: int) -> tuple[str, ...]:
    return tuple(thing for things in KINDS.values() for thing in _half(things, which))


REPORT = Genre(
    name="report",
    names=_half(NAMES, 0),
    things=_half_of_each_kind(0),
    cities=_half(CITIES, 0),
    brands=_half(BRANDS, 0),
    passive=0.1,
    front=0.1,
    details=0.6,
)
"""What intermediate tasks are written in: long, mostly active."""

TALE = Genre(
    name="tale",
    names=_half(NAMES, 1),
    things=_half_of_each_kind(1),
    cities=_half(CITIES, 1),
    brands=_half(BRANDS, 1),
    passive=0.1,
    front=0.3,
    details=0.45,
)
"""What targets are written in: other people and things, so that nothing learnt about one by name helps with another."""

EVERYTHING = Genre(name="everything", passive=0.1, front=0.15, details=0.45)
"""What the pretraining text is written in."""


VOICE_CHANGED = 0.1
"""Share of rewordings that may be in the other voice."""


def draw(rng: Random, genre: Genre, count: int = 1, verbs: Sequence[str] = VERBS) -> list[Event]:
    """Events that share no verb, person or thing, so that a question about one has one answer."""
    people = iter(rng.sample(genre.people, 2 * count))
    things = iter(rng.sample(genre.things, count))
    return [
        _worded(
            rng,
            genre,
            Event(
                agent=_entity(rng, genre, next(people)),
                verb=verb,
                patient=_entity(rng, genre, next(people if verb in VERBS_FOR_PEOPLE else things)),
                place=rng.choice(PLACES) if rng.random() < genre.details else "",
                time=rng.choice(DAYS) if rng.random() < genre.details else "",
            ),
        )
        for verb in rng.sample(verbs, count)
    ]


def having(event: Event, slot: Slot, value: Entity | str) -> Event:
    """The event with another value in a slot."""
    change: dict[str, Any] = {slot: value}
    if event.front == slot and not value:
        change["front"] = ""
    return replace(event, **change)


def without(event: Event, slot: Slot) -> Event:
    """The event as far as a question about a slot tells it; the noun stays, as it decides between "who" and "what"."""
    return having(event, slot, "" if slot in ("place", "time") else Entity(getattr(event, slot).noun))


def reworded(event: Event, rng: Random) -> Event:
    """The same event in other words: synonyms, the other voice, or another part first. Never the same wording."""
    voice: tuple[str, Any] = ("passive", not event.passive)
    changes = [voice] if rng.random() < VOICE_CHANGED else []
    if event.verb in SYNONYM:
        changes.append(("verb", SYNONYM[event.verb]))
    for slot, entity in actors(event):
        if entity.adjective in SYNONYM:
            changes.append((slot, Entity(entity.noun, SYNONYM[entity.adjective])))
    fronts = [slot for slot in ("", "place", "time") if slot != event.front and (not slot or getattr(event, slot))]
    if fronts:
        changes.append(("front", rng.choice(fronts)))
    chosen = [change for change in changes if rng.random() < 0.5] or [rng.choice(changes or [voice])]
    return replace(event, **dict(chosen))


def with_less(event: Event) -> list[Event]:
    """The event with one detail left out; follows from the event if it is not negated."""
    adjectives = [without(event, slot) for slot, entity in actors(event) if entity.adjective]
    return adjectives + [without(event, slot) for slot in ("place", "time") if getattr(event, slot)]


def with_more(event: Event, rng: Random) -> list[Event]:
    """The event with one detail added that nobody can know from it."""
    more = [
        having(event, slot, Entity(entity.noun, rng.choice(adjectives_for(entity.noun))))
        for slot, entity in actors(event)
        if not entity.adjective and entity.noun not in NAMES
    ]
    known = {"place": PLACES, "time": DAYS}
    return more + [having(event, slot, rng.choice(known[slot])) for slot in known if not getattr(event, slot)]


def with_opposite(event: Event) -> list[Event]:
    """The event with one adjective turned into its opposite."""
    return [
        having(event, slot, Entity(entity.noun, OPPOSITE[entity.adjective]))
        for slot, entity in actors(event)
        if entity.adjective
    ]


def swapped(event: Event) -> list[Event]:
    """The event with roles exchanged, or with adjectives exchanged: other events in the same words."""
    agent, patient = event.agent, event.patient
    if patient.noun not in PEOPLE:
        return []
    swaps = [replace(event, agent=patient, patient=agent)]
    if agent.adjective and patient.adjective and agent.adjective != patient.adjective:
        swapped_agent, swapped_patient = Entity(agent.noun, patient.adjective), Entity(patient.noun, agent.adjective)
        swaps.append(replace(event, agent=swapped_agent, patient=swapped_patient))
    return swaps


def with_another(event: Event, rng: Random, genre: Genre) -> list[Event]:
    """The event with one part exchanged for another of its sort."""
    people = [one for one in genre.people if one not in (event.agent.noun, event.patient.noun)]
    others = people if event.patient.noun in PEOPLE else [one for one in genre.things if one != event.patient.noun]
    changes = [
        having(event, "agent", _renamed(event.agent, rng.choice(people))),
        having(event, "patient", _renamed(event.patient, rng.choice(others))),
    ]
    for slot, known in (("place", PLACES), ("time", DAYS)):
        if told := getattr(event, slot):
            changes.append(having(event, slot, rng.choice([one for one in known if one != told])))
    return changes


def actors(event: Event) -> list[tuple[Slot, Entity]]:
    """Agent and patient with their slots."""
    return [("agent", event.agent), ("patient", event.patient)]


def adjectives_for(noun: str) -> tuple[str, ...]:
    """The adjectives that go with a person or a thing."""
    return ADJECTIVES_FOR_PEOPLE if noun in PEOPLE else ADJECTIVES_FOR_THINGS


def _renamed(entity: Entity, noun: str) -> Entity:
    """Another person or thing with the same adjective; names have none."""
    return Entity(noun, "" if noun in NAMES else entity.adjective)


def _entity(rng: Random, genre: Genre, noun: str) -> Entity:
    told = noun not in NAMES and rng.random() < genre.details
    return Entity(noun, rng.choice(adjectives_for(noun)) if told else "")


def _worded(rng: Random, genre: Genre, event: Event) -> Event:
    told = [slot for slot in ("place", "time") if getattr(event, slot)]
    front = rng.choice(told) if told and rng.random() < genre.front else ""
    return replace(event, passive=rng.random() < genre.passive, front=front)
