"""The generated world's words: no word means two things, and what goes with what."""

from __future__ import annotations

from collections import Counter

from harness.sources.mini import vocabulary
from harness.sources.mini.vocabulary import (
    CONTENT_WORDS,
    FUNCTION_WORDS,
    KIND_OF,
    KINDS,
    NEXT,
    OPPOSITE,
    OUTCOME,
    PLACE_OF,
    PLACES,
    PROPER_NAMES,
    SYNONYM,
    VERBS_FOR_PEOPLE,
    VERBS_FOR_THINGS,
)


def test_every_word_is_there_once() -> None:
    words = Counter([*CONTENT_WORDS, *FUNCTION_WORDS, *PROPER_NAMES])
    assert [word for word, count in words.items() if count > 1] == []


def test_what_follows_what() -> None:
    assert NEXT["call"] == "follow"
    assert NEXT["thank"] == "call"
    assert NEXT["hide"] == "lose"
    assert {NEXT[verb] for verb in VERBS_FOR_PEOPLE} == set(VERBS_FOR_PEOPLE)
    assert {NEXT[verb] for verb in VERBS_FOR_THINGS} == set(VERBS_FOR_THINGS)
    assert len(set(OUTCOME.values())) == len(OUTCOME) == 16


def test_opposites_are_mutual_and_hold_for_synonyms() -> None:
    assert (OPPOSITE["tall"], OPPOSITE["short"], OPPOSITE["wet"]) == ("short", "tall", "dry")
    assert (OPPOSITE["large"], OPPOSITE["glad"], OPPOSITE["wealthy"]) == ("small", "sad", "poor")
    assert all(OPPOSITE[OPPOSITE[word]] == word for word in vocabulary.ADJECTIVES)


def test_synonyms_are_words_of_their_own() -> None:
    assert not set(SYNONYM) & set(SYNONYM.values())
    assert len(set(SYNONYM.values())) == len(SYNONYM) == 12


def test_kinds_and_places() -> None:
    assert (KIND_OF["dog"], KIND_OF["saw"], KIND_OF["sled"]) == ("animal", "tool", "vehicle")
    assert {kind: len(things) for kind, things in KINDS.items()} == dict.fromkeys(PLACE_OF, 6)
    assert (PLACE_OF["animal"], PLACE_OF["clothing"]) == ("farm", "closet")
    assert set(PLACE_OF.values()) < set(PLACES)
