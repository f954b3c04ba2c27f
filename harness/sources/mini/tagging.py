"""Rows of words with a tag each: categories of a categorial grammar, parts of speech, names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.rows import TokenRow
from harness.sources.mini import world
from harness.sources.mini.vocabulary import (
    A_KIND_OF,
    BRANDS,
    CITIES,
    KIND_OF,
    NAMES,
    PLACES,
    PROFESSIONS,
    VERBS_FOR_PEOPLE,
)
from harness.sources.mini.world import Entity, Event, Genre, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from harness.sources.mini.grammars import Grammar, Sentence

# As in CCGbank (Hockenmaier & Steedman 2007) without its features; a noun without article becomes NP by a unary rule.
CATEGORY = {
    "DET": "NP/N",
    "ADJ": "N/N",
    "NOUN": "N",
    "PROPN": "N",
    "VERB": r"(S\NP)/NP",
    "AUX": r"(S\NP)/(S\NP)",
    "PART": r"(S\NP)\(S\NP)",
    "ADP": r"((S\NP)\(S\NP))/NP",
}
PASSIVE_VERB = r"S\NP"
FIRST_ADPOSITION = "(S/S)/NP"


def categories(rng: Random, grammar: Grammar, genre: Genre, _case: int) -> TokenRow:
    """A statement, its full stop included, with the categories of its derivation; English only."""
    event = _maybe_negated(rng, genre)
    sentence = grammar.sentence(event)
    tags = [CATEGORY[word.word_class] for word in sentence.words]
    if event.front:
        tags[0] = FIRST_ADPOSITION
    if event.passive:
        tags = [
            PASSIVE_VERB if word.word_class == "VERB" else tag for word, tag in zip(sentence.words, tags, strict=True)
        ]
    return _row(sentence, tags, sentence.end)


def parts_of_speech(rng: Random, grammar: Grammar, genre: Genre, _case: int) -> TokenRow:
    """A statement or a question with its universal parts of speech."""
    form = rng.choice(("event", "event", "question", "state"))
    if form == "state":
        thing = Entity(rng.choice(genre.things))
        noun = rng.choice(PLACES)
        relation, value = rng.choice((("in", noun), ("", "wet"), (A_KIND_OF, KIND_OF[thing.noun])))
        sentence = grammar.sentence(State(subject=thing, relation=relation, value=Entity(value)))
    elif form == "event":
        sentence = grammar.sentence(_maybe_negated(rng, genre))
    else:
        asked = rng.choice(("agent", "patient", "place", "time"))
        sentence = grammar.question(world.without(_maybe_negated(rng, genre), asked), asked)
    tags = [tag for word in sentence.words for tag in [word.word_class] * len(word.text.split())]
    return _row(sentence, tags, "PUNCT")


def names(rng: Random, grammar: Grammar, genre: Genre, _case: int) -> TokenRow:
    """A statement about people, companies and cities, with their names tagged as in PAN-X (IOB2)."""
    agent, patient = rng.sample((*genre.names, *genre.names, *genre.brands, *genre.brands, *PROFESSIONS), 2)
    while agent == patient:
        patient = rng.choice(genre.brands)
    (event,) = world.draw(rng, genre, verbs=VERBS_FOR_PEOPLE)
    place = rng.choice(genre.cities if rng.random() < 0.6 else PLACES)
    event = replace(event, agent=Entity(agent), patient=Entity(patient), place=place)
    sentence = grammar.sentence(event)
    nouns = {"agent": agent, "patient": patient, "place": place}
    tags: list[str] = []
    before = ""
    for word in sentence.words:
        entity = _entity_type(nouns.get(word.slot, ""))
        tags.append(f"{'I' if word.slot == before else 'B'}-{entity}" if entity else "O")
        before = word.slot if entity else ""
    return _row(sentence, tags, "O")


def _entity_type(noun: str) -> str:
    return "PER" if noun in NAMES else "ORG" if noun in BRANDS else "LOC" if noun in CITIES else ""


def _maybe_negated(rng: Random, genre: Genre) -> Event:
    (event,) = world.draw(rng, genre)
    return replace(event, negated=rng.random() < 0.25)


def _row(sentence: Sentence, tags: Sequence[str], end: str) -> TokenRow:
    tokens = [token for word in sentence.words for token in word.text.split()]
    return TokenRow(tokens=(*tokens, sentence.end), tags=(*tags, end))
