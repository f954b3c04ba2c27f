"""The text that the shipped encoder was pretrained on: documents of one or two parts, in each language.

As in real text, words keep company: everybody and everything has habits, and what follows from an event is told after
it. Nothing in it carries a task's label. What could help tasks nevertheless, and by how much, is in docs/mini.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.sources.mini import world
from harness.sources.mini.languages import LANGUAGES, grammar_of
from harness.sources.mini.vocabulary import (
    A_KIND_OF,
    ADJECTIVES_FOR_PEOPLE,
    ADJECTIVES_FOR_THINGS,
    BRANDS,
    CITIES,
    COLOURS,
    DAYS,
    GENERATOR_VERSION,
    KIND_OF,
    NAMES,
    NEXT,
    OUTCOME,
    PLACE_OF,
    PLACES,
    PROFESSIONS,
    SPATIAL,
    SYNONYM,
    THINGS,
    VERBS,
    VERBS_FOR_PEOPLE,
)
from harness.sources.mini.world import EVERYTHING, Entity, Event, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.sources.mini.grammars import Grammar

HABIT = 0.85
"""Share of choices that follow habits; the rest are any word, the first ones of a list more often."""


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """What the text is like.

    Attributes:
        seed: which documents are drawn.
        code_switched: share of the documents of other languages with English words in them.
        switched_words: share of such a document's content words that are English.
        markers: share of documents whose second part begins with a word that says whether it repeats the first
            ("indeed") or tells another event ("instead"), or answers a question ("yes", "no").
    """

    seed: int = 0
    code_switched: float = 0.35
    switched_words: float = 0.4
    markers: float = 0.35

    def documents(self, count: int) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Language and parts of that many documents."""
        rng = Random(f"mini corpus {GENERATOR_VERSION}/{self.seed}")
        shares = [language.pretraining for language in LANGUAGES.values()]
        for code in rng.choices(list(LANGUAGES), shares, k=count):
            yield code, self.document(rng, code)

    def document(self, rng: Random, code: str) -> tuple[str, ...]:
        """One document of a language, as one or two parts."""
        grammar = grammar_of(code)
        if code != "en" and rng.random() < self.code_switched:
            grammar = grammar.code_switched(rng, self.switched_words)
        write = _marked if rng.random() < self.markers else rng.choices(_GENRES, _SHARES)[0]
        return write(rng, grammar)


def typical_event(rng: Random, verb: str = "") -> Event:
    """An event as it is told in the corpus: by habit, with frequent and rare words."""
    verb = verb or rng.choice(_VERBS)
    agent, patient = _person(rng, verb), ""
    while not patient or patient == agent:
        usual, any_one = (_USUAL_PEOPLE[verb], _PEOPLE) if verb in VERBS_FOR_PEOPLE else (_USUAL_THINGS[verb], _THINGS)
        patient = _pick(rng, usual, any_one)
    event = Event(
        agent=_described(rng, agent),
        verb=verb,
        patient=_described(rng, patient),
        place=_place(rng, patient, agent) if rng.random() < EVERYTHING.details else "",
        time=_pick(rng, _USUAL_DAYS[verb], DAYS) if rng.random() < EVERYTHING.details else "",
        negated=rng.random() < 0.1,
        passive=rng.random() < EVERYTHING.passive,
    )
    told = [slot for slot in ("place", "time") if getattr(event, slot)]
    return replace(event, front=rng.choice(told)) if told and rng.random() < EVERYTHING.front else event


def _story(rng: Random, grammar: Grammar) -> tuple[str, ...]:
    """An event and what came next or of it, told in this order, or in the other with "because"."""
    event = replace(typical_event(rng), negated=False)
    agent, patient = Entity(event.agent.noun), Entity(event.patient.noun)
    following = Event(agent=agent, verb=NEXT[event.verb], patient=patient, passive=rng.random() < EVERYTHING.passive)
    state = State(subject=patient, value=Entity(OUTCOME[event.verb]))
    first, second = grammar.sentence(event).text, grammar.sentence(rng.choice((following, state))).text
    if rng.random() < 0.25:
        return second, f"{grammar.saying('because').text} {first}"
    link = grammar.saying(rng.choice(("then", "and"))).text
    return first, f"{link} {second}" if rng.random() < 0.7 else second


def _news(rng: Random, grammar: Grammar) -> tuple[str, ...]:
    """A headline, and the same event again in other words, with more or less of its details."""
    event = typical_event(rng)
    other = world.reworded(event, rng)
    changes = [other, *world.with_less(other), *([] if event.negated else world.with_more(other, rng))]
    parts = [grammar.sentence(event).text, grammar.sentence(rng.choice(changes)).text]
    rng.shuffle(parts)
    return tuple(parts)


def _conversation(rng: Random, grammar: Grammar) -> tuple[str, ...]:
    """Somebody tells something and somebody asks about it, or asks and is told; of an event or of a thing."""
    if rng.random() < 0.3:
        state = rng.choice(_states_of(rng, rng.choice(_THINGS)))
        return grammar.question(state, "value").text, grammar.sentence(state).text
    event = typical_event(rng)
    asked = rng.choice([slot for slot in ("agent", "patient", "place", "time") if getattr(event, slot)])
    question = grammar.question(world.without(event, asked), asked).text
    told = grammar.sentence(world.reworded(event, rng) if rng.random() < 0.5 else event)
    begin, end = told.span(asked)
    if rng.random() < 0.5:
        return question, told.text
    return f"{told.text} {question}", told.text[begin:end] + "."


def _handbook(rng: Random, grammar: Grammar) -> tuple[str, ...]:
    """What things are, where they are, how they look."""
    first, second = rng.sample(_states_of(rng, rng.choice(_THINGS)), 2)
    return grammar.sentence(first).text, grammar.sentence(second).text


def _states_of(rng: Random, thing: str) -> list[State]:
    kind = KIND_OF[thing]
    return [
        State(subject=Entity(thing), relation=A_KIND_OF, value=Entity(kind)),
        State(subject=_described(rng, thing), relation="in", value=Entity(_place(rng, thing, ""))),
        State(subject=Entity(thing), value=Entity(_pick(rng, _USUAL_ADJECTIVES[thing], world.adjectives_for(thing)))),
    ]


def _description(rng: Random, grammar: Grammar) -> tuple[str, ...]:
    """Where coloured things stand, and who is where."""
    one, other = rng.sample(THINGS, 2)
    scene = State(
        subject=Entity(one, rng.choice(COLOURS)),
        relation=rng.choice(SPATIAL),
        value=Entity(other, rng.choice(COLOURS)),
    )
    person = Entity(rng.choice((*NAMES, *BRANDS)))
    where = State(subject=person, relation="in", value=Entity(rng.choice((*CITIES, *PLACES))))
    return grammar.sentence(scene).text, grammar.sentence(where).text


def _marked(rng: Random, grammar: Grammar) -> tuple[str, ...]:
    """Two sentences, and a word between them that says whether both tell the same."""
    event = replace(typical_event(rng), negated=False)
    same = rng.random() < 0.5
    second = world.reworded(event if same else rng.choice(_other_events(rng, event)), rng)
    said = grammar.sentence(second).text
    if rng.random() < 0.5:
        return grammar.sentence(event).text, grammar.saying("indeed" if same else "instead").text + " " + said
    return grammar.sentence(event).text, f"{said[:-1]}? {grammar.saying('yes' if same else 'no').text}"


def _other_events(rng: Random, event: Event) -> list[Event]:
    return [
        *world.swapped(event),
        *world.swapped(event),
        *world.with_opposite(event),
        *world.with_another(event, rng, EVERYTHING),
    ]


_GENRES: tuple[Callable[[Random, Grammar], tuple[str, ...]], ...] = (
    _story,
    _news,
    _conversation,
    _handbook,
    _description,
)
_SHARES = (40, 20, 14, 18, 8)


def _frequent_first(words: Sequence[str]) -> tuple[str, ...]:
    """Each word as often as its rank allows: Zipf's law, flattened so that the rarest are still seen."""
    return tuple(word for rank, word in enumerate(words) for _ in range(max(1, round(6 / (rank + 1) ** 0.5))))


_PEOPLE = _frequent_first(Random("frequent people").sample((*NAMES, *PROFESSIONS), len(NAMES) + len(PROFESSIONS)))
_THINGS = _frequent_first(Random("frequent things").sample(THINGS, len(THINGS)))
_VERBS = _frequent_first(Random("frequent verbs").sample(VERBS, len(VERBS)))


def _usual(keys: Sequence[str], values: Sequence[str], count: int) -> dict[str, tuple[str, ...]]:
    """For each key, some values of its own."""
    return {key: tuple(Random(f"usual {key} {len(values)} {GENERATOR_VERSION}").sample(values, count)) for key in keys}


_USUAL_AGENTS = _usual(VERBS, PROFESSIONS, 3)
_USUAL_PEOPLE = _usual(VERBS_FOR_PEOPLE, PROFESSIONS, 4)
_USUAL_THINGS = _usual(VERBS, THINGS, 7)
_USUAL_DAYS = _usual(VERBS, DAYS, 2)
_USUAL_PLACES = {
    **_usual((*PROFESSIONS, *NAMES), PLACES, 2),
    **{
        thing: (*[PLACE_OF[kind]] * 3, Random(f"place {thing} {GENERATOR_VERSION}").choice(PLACES))
        for thing, kind in KIND_OF.items()
    },
}
_USUAL_ADJECTIVES = {
    **_usual(PROFESSIONS, ADJECTIVES_FOR_PEOPLE, 2),
    **_usual(THINGS, ADJECTIVES_FOR_THINGS, 2),
}


def _pick(rng: Random, usual: Sequence[str], any_one: Sequence[str]) -> str:
    return rng.choice(usual if rng.random() < HABIT else any_one)


def _person(rng: Random, verb: str) -> str:
    return rng.choice(NAMES) if rng.random() < 0.25 else _pick(rng, _USUAL_AGENTS[verb], _PEOPLE)


def _place(rng: Random, noun: str, other: str) -> str:
    return _pick(rng, _USUAL_PLACES[noun if noun in _USUAL_PLACES else other], PLACES)


def _described(rng: Random, noun: str) -> Entity:
    if noun in NAMES or rng.random() >= EVERYTHING.details:
        return Entity(noun)
    adjective = _pick(rng, _USUAL_ADJECTIVES[noun], world.adjectives_for(noun))
    return Entity(noun, SYNONYM[adjective] if adjective in SYNONYM and rng.random() < 0.4 else adjective)
