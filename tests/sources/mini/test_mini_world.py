"""Events of the generated world, and what changes of them do to what is true."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from harness.sources.mini import world
from harness.sources.mini.vocabulary import BRANDS, CITIES, NAMES, SYNONYM, THINGS, VERBS_FOR_PEOPLE
from harness.sources.mini.world import EVERYTHING, REPORT, TALE, Entity, Event

CALL = Event(agent=Entity("nurse", "tall"), verb="call", patient=Entity("pilot"), place="park", front="place")
MEANING = {synonym: word for word, synonym in SYNONYM.items()}


def meaning(event: Event) -> Event:
    """The event without what is only wording."""

    def plain(entity: Entity) -> Entity:
        return Entity(entity.noun, MEANING.get(entity.adjective, entity.adjective))

    verb = MEANING.get(event.verb, event.verb)
    return replace(event, agent=plain(event.agent), patient=plain(event.patient), verb=verb, passive=False, front="")


def different(one: Event, other: Event) -> set[str]:
    """Slots in which two events differ."""
    return {field.name for field in fields(Event) if getattr(one, field.name) != getattr(other, field.name)}


@pytest.mark.parametrize("kept", ["names", "things", "cities", "brands"])
def test_reports_and_tales_share_no_name_and_no_thing(kept: str) -> None:
    every = {"names": NAMES, "things": THINGS, "cities": CITIES, "brands": BRANDS}[kept]
    report, tale = set(getattr(REPORT, kept)), set(getattr(TALE, kept))
    assert not report & tale
    assert report | tale == set(every) == set(getattr(EVERYTHING, kept))
    assert len(report) == len(tale)


@given(st.integers(), st.sampled_from([REPORT, TALE, EVERYTHING]), st.integers(1, 3))
def test_drawn_events_share_nobody_and_nothing(seed: int, genre: world.Genre, count: int) -> None:
    events = world.draw(Random(seed), genre, count)
    nouns = [noun for event in events for noun in (event.agent.noun, event.patient.noun)]
    assert len(events) == count
    assert len(set(nouns)) == 2 * count
    assert len({event.verb for event in events}) == count
    for event in events:
        assert event.agent.noun in genre.people
        assert event.patient.noun in (genre.people if event.verb in VERBS_FOR_PEOPLE else genre.things)
        assert not event.front or getattr(event, event.front)
        assert not event.negated
        adjectives = {entity.noun: entity.adjective for entity in (event.agent, event.patient)}
        assert not any(adjectives[noun] for noun in adjectives if noun in NAMES)


@pytest.mark.parametrize("genre", [REPORT, TALE, EVERYTHING])
def test_genres_are_worded_as_they_say(genre: world.Genre) -> None:
    rng = Random(0)
    events = [world.draw(rng, genre)[0] for _ in range(2000)]
    told = [event for event in events if event.place or event.time]
    assert sum(event.passive for event in events) / 2000 == pytest.approx(genre.passive, abs=0.03)
    assert sum(bool(event.place) for event in events) / 2000 == pytest.approx(genre.details, abs=0.03)
    assert sum(bool(event.front) for event in told) / len(told) == pytest.approx(genre.front, abs=0.03)


@given(st.integers())
def test_another_wording_is_the_same_event(seed: int) -> None:
    rng = Random(seed)
    (event,) = world.draw(rng, EVERYTHING)
    other = world.reworded(event, rng)
    assert other != event
    assert meaning(other) == meaning(event)
    assert not other.front or getattr(other, other.front)


def test_one_detail_less() -> None:
    less = world.with_less(replace(CALL, time="Monday"))
    assert [different(replace(CALL, time="Monday"), one) for one in less] == [{"agent"}, {"place", "front"}, {"time"}]
    assert less[0].agent == Entity("nurse")


def test_one_detail_more() -> None:
    more = world.with_more(CALL, Random(0))
    assert [different(CALL, one) for one in more] == [{"patient"}, {"time"}]
    assert more[0].patient.adjective in ("tall", "short", "happy", "sad", "rich", "poor", "young", "old")
    # Names have no adjectives.
    anna = replace(CALL, patient=Entity("Anna"))
    assert [different(anna, one) for one in world.with_more(anna, Random(0))] == [{"time"}]


def test_opposites() -> None:
    assert world.with_opposite(CALL) == [replace(CALL, agent=Entity("nurse", "short"))]


def test_roles_and_adjectives_exchanged() -> None:
    assert world.swapped(CALL) == [replace(CALL, agent=Entity("pilot"), patient=Entity("nurse", "tall"))]
    both = replace(CALL, patient=Entity("pilot", "sad"))
    exchanged = replace(CALL, agent=Entity("nurse", "sad"), patient=Entity("pilot", "tall"))
    assert world.swapped(both)[1:] == [exchanged]
    assert world.swapped(replace(both, patient=Entity("pilot", "tall")))[1:] == []
    assert world.swapped(replace(CALL, verb="find", patient=Entity("lamp"))) == []


@given(st.integers())
def test_exactly_one_part_is_another(seed: int) -> None:
    rng = Random(seed)
    (event,) = world.draw(rng, TALE)
    slots = [different(event, other) for other in world.with_another(event, rng, TALE)]
    told = [slot for slot in ("place", "time") if getattr(event, slot)]
    assert slots == [{slot} for slot in ("agent", "patient", *told)]
    assert all(one.agent.noun != one.patient.noun for one in world.with_another(event, rng, TALE))
    others = [getattr(one, slot) for one in world.with_another(event, rng, TALE) for slot in ("agent", "patient")]
    assert not any(entity.adjective for entity in others if entity.noun in NAMES)
