"""Splits of retrieval tasks, made as a whole: sentences and their translations, questions and their answers, names."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.rows import RetrievalRow, SentenceRow, TextRow
from harness.sources.mini import world
from harness.sources.mini.corpus import Corpus
from harness.sources.mini.languages import LANGUAGES, grammar_of
from harness.sources.mini.questions import ASKED
from harness.sources.mini.vocabulary import (
    ADJECTIVES_FOR_PEOPLE,
    DAYS,
    PLACES,
    PROFESSIONS,
    VERBS_FOR_PEOPLE,
)
from harness.sources.mini.world import Entity, Event, Genre, State

if TYPE_CHECKING:
    from harness.sources.mini.grammars import Grammar


def bitext(seed: str, genre: Genre, language: str, size: int) -> list[SentenceRow]:
    """English sentences (source) and their translations (target)."""
    events = _different_events(Random(seed), genre, size)
    return [
        SentenceRow(text=grammar.sentence(event).text, side=side, key=str(index), matches=(str(index),))
        for side, grammar in (("source", grammar_of("en")), ("target", grammar_of(language)))
        for index, event in enumerate(events)
    ]


def comparable(seed: str, genre: Genre, language: str, size: int) -> list[SentenceRow]:
    """Two sets of sentences that share half of their events; most of the others tell nearly the same as one of these.

    Sentences in the language are asked about (source), English ones are searched (target), as in BUCC.
    """
    rng = Random(seed)
    events = _different_events(rng, genre, size)
    shared, known = events[: size // 2], frozenset(events)
    # Of the sentences without translation, two of three are a shared event but for one part.
    near: dict[Event, None] = {}
    for event in [event for _ in range(2) for event in rng.sample(shared, len(shared) * 2 // 3)]:
        while (other := rng.choice(world.with_another(event, rng, genre))) in near or other in known:
            pass
        near[other] = None
    rows = []
    for side, code, others in (("source", language, [*near][::2]), ("target", "en", [*near][1::2])):
        distractors = [*others, *(events[size // 2 :] if side == "source" else _unrelated(rng, genre, events))]
        told = [*shared, *distractors[: size - len(shared)]]
        for place in rng.sample(range(len(told)), len(told)):
            matches = (f"target-{place}" if side == "source" else f"source-{place}",) if place < len(shared) else ()
            text = grammar_of(code).sentence(told[place]).text
            rows.append(SentenceRow(text=text, side=side, key=f"{side}-{place}", matches=matches))
    return rows


def answers(seed: str, genre: Genre, language: str, size: int) -> list[RetrievalRow]:
    """Questions in a language, and the sentences of passages in every language; an answer's translations count too.

    A candidate is a sentence and, after it, the passage it stands in, as in LAReQA.
    """
    rng = Random(seed)
    passages = _different_passages(rng, genre, size)
    asked = [(rng.randrange(len(events)), rng.choice(ASKED)) for events in passages]
    queries = [
        RetrievalRow(
            text=grammar_of(language).question(world.without(events[place], slot), slot).text,
            side="query",
            matches=tuple(f"{code}-{index}-{place}" for code in LANGUAGES),
            group=str(index),
        )
        for index, (events, (place, slot)) in enumerate(zip(passages, asked, strict=True))
    ]
    return queries + [
        RetrievalRow(text=text, side="candidate", key=f"{code}-{index}-{place}")
        for code in LANGUAGES
        for index, events in enumerate(passages)
        for place, text in enumerate(_sentences_in_passage(grammar_of(code), events))
    ]


def answers_to_train(seed: str, genre: Genre, language: str, size: int) -> list[RetrievalRow]:
    """Questions with the sentence that answers them and its passage."""
    rng = Random(seed)
    grammar = grammar_of(language)
    rows = []
    for _ in range(size):
        events = _passage(rng, genre)
        place, slot = rng.randrange(len(events)), rng.choice(ASKED)
        question = grammar.question(world.without(events[place], slot), slot).text
        rows.append(RetrievalRow(text=question, side="query", positive=_sentences_in_passage(grammar, events)[place]))
    return rows


def mentions(seed: str, genre: Genre, language: str, size: int) -> list[RetrievalRow]:
    """Names marked in a sentence of a language, and descriptions of everybody of those names in some language.

    Several people bear each name, so that only what else is told of them says who is meant, as in Mewsli-X.
    """
    rng = Random(seed)
    people = _people(rng, genre, size)
    codes = [rng.choice(list(LANGUAGES)) for _ in people]
    queries = [
        RetrievalRow(text=person.mentioned(grammar_of(language), rng), side="query", matches=(str(index),))
        for index, person in enumerate(people)
    ]
    return queries + [
        RetrievalRow(text=person.described(grammar_of(code)), side="candidate", key=str(index))
        for index, (person, code) in enumerate(zip(people, codes, strict=True))
    ]


def mentions_to_train(seed: str, genre: Genre, language: str, size: int) -> list[RetrievalRow]:
    """Mentions with the description of who is meant."""
    rng = Random(seed)
    grammar = grammar_of(language)
    return [
        RetrievalRow(text=person.mentioned(grammar, rng), side="query", positive=person.described(grammar))
        for person in _people(rng, genre, size)
    ]


class _Person:
    """Somebody by name, profession and city, who is tall or sad or the like."""

    def __init__(self, name: str, profession: str, city: str, adjective: str) -> None:
        self.name, self.profession, self.city, self.adjective = name, profession, city, adjective

    def described(self, grammar: Grammar) -> str:
        """What an encyclopaedia says."""
        profession = Entity(self.profession, self.adjective)
        lives = State(subject=profession, relation="in", value=Entity(self.city))
        return f"{grammar.phrase(Entity(self.name)).text}: {grammar.sentence(lives).text}"

    def mentioned(self, grammar: Grammar, rng: Random) -> str:
        """The name in braces in a sentence about what the person did there, as what."""
        event = Event(
            agent=Entity(self.profession, self.adjective if rng.random() < 0.5 else ""),
            verb=rng.choice(VERBS_FOR_PEOPLE),
            patient=Entity(rng.choice([one for one in PROFESSIONS if one != self.profession])),
            place=self.city,
            time=rng.choice(DAYS) if rng.random() < 0.5 else "",
        )
        return f"{{ {grammar.phrase(Entity(self.name)).text} }}: {grammar.sentence(event).text}"


def _people(rng: Random, genre: Genre, size: int) -> list[_Person]:
    every = [(name, job, city) for name in genre.names for job in PROFESSIONS for city in genre.cities]
    chosen = rng.sample(every, min(size, len(every)))
    return [_Person(name, job, city, rng.choice(ADJECTIVES_FOR_PEOPLE)) for name, job, city in chosen]


def _passage(rng: Random, genre: Genre) -> list[Event]:
    return [
        replace(event, place=event.place or rng.choice(PLACES), time=event.time or rng.choice(DAYS))
        for event in world.draw(rng, genre, 2)
    ]


def _different_passages(rng: Random, genre: Genre, size: int) -> list[list[Event]]:
    """Passages of which no two answer the same question."""
    passages: list[list[Event]] = []
    known: set[tuple[str, ...]] = set()
    while len(passages) < size:
        passage = _passage(rng, genre)
        questions = {question for event in passage for question in _questions_about(event)}
        if not questions & known:
            passages.append(passage)
            known |= questions
    return passages


def _questions_about(event: Event) -> list[tuple[str, ...]]:
    """What each question about an event tells."""
    nouns = {"agent": event.agent.noun, "patient": event.patient.noun, "place": event.place, "time": event.time}
    return [(event.verb, *("?" if slot == asked else noun for slot, noun in nouns.items())) for asked in ASKED]


def _sentences_in_passage(grammar: Grammar, events: list[Event]) -> list[str]:
    sentences = [grammar.sentence(event).text for event in events]
    return [f"{sentence} {' '.join(sentences)}" for sentence in sentences]


def _different_events(rng: Random, genre: Genre, size: int) -> list[Event]:
    events: dict[Event, None] = {}
    while len(events) < size:
        events[world.draw(rng, genre)[0]] = None
    return list(events)


def _unrelated(rng: Random, genre: Genre, events: list[Event]) -> list[Event]:
    known = frozenset(events)
    return [event for event in _different_events(rng, genre, len(events)) if event not in known]


def plain_text(seed: str, _genre: Genre, language: str, size: int) -> list[TextRow]:
    """Documents of the pretraining corpus, as many of each language as its share of it.

    `size` is for an average share.
    """
    share = LANGUAGES[language].pretraining * len(LANGUAGES) / sum(known.pretraining for known in LANGUAGES.values())
    rng, corpus = Random(f"{seed}/{language}"), Corpus()
    return [TextRow(text=" ".join(corpus.document(rng, language))) for _ in range(round(size * share))]
