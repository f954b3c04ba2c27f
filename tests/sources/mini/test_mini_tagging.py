"""Categories that combine to sentences, parts of speech, and names."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from harness.sources.mini.languages import LANGUAGES, gloss
from harness.sources.mini.vocabulary import (
    ADJECTIVES,
    BRANDS,
    CITIES,
    DAYS,
    KIND_OF,
    NAMES,
    OUTCOME,
    PLACES,
    PROFESSIONS,
    SYNONYM,
    VERBS_AND_SYNONYMS,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Category = str


def bare(category: Category) -> Category:
    """Without brackets around all of it."""
    depth = 0
    for place, character in enumerate(category):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and place < len(category) - 1:
            return category
    return category[1:-1] if category.startswith("(") else category


def parts(category: Category) -> tuple[Category, str, Category] | None:
    """Result, slash and argument; None for an atom. The last slash outside brackets is the main one."""
    depth = 0
    for place in range(len(category) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(category[place], 0)
        if depth == 0 and category[place] in "/\\":
            return bare(category[:place]), category[place], bare(category[place + 1 :])
    return None


def combined(left: Category, right: Category) -> set[Category]:
    """Forward and backward application; backward crossed composition, which "did not" needs, as in CCGbank."""
    found = set()
    forward, backward = parts(left), parts(right)
    if forward and forward[1:] == ("/", right):
        found.add(forward[0])
    if backward and backward[1:] == ("\\", left):
        found.add(backward[0])
    if forward and backward and forward[1] == "/" and backward[1:] == ("\\", forward[0]):
        found.add(rf"({backward[0]})/({forward[2]})")
    return _with_unary(found)


def _with_unary(categories: set[Category]) -> set[Category]:
    return categories | ({"NP"} if "N" in categories else set())


def derivable(tags: tuple[Category, ...]) -> bool:
    """Whether the categories combine to a sentence."""
    chart = {(place, place + 1): _with_unary({tag}) for place, tag in enumerate(tags)}
    for width in range(2, len(tags) + 1):
        for begin in range(len(tags) - width + 1):
            chart[begin, begin + width] = {
                result
                for middle in range(begin + 1, begin + width)
                for left in chart[begin, middle]
                for right in chart[middle, begin + width]
                for result in combined(left, right)
            }
    return "S" in chart[0, len(tags)]


def test_what_combines() -> None:
    assert parts(r"((S\NP)\(S\NP))/NP") == (r"(S\NP)\(S\NP)", "/", "NP")
    assert parts(r"(S\NP)\(S\NP)") == (r"S\NP", "\\", r"S\NP")
    assert derivable(("N", r"(S\NP)/NP", "NP/N", "N"))
    assert not derivable(("N", r"(S\NP)/NP", "NP/N", "N/N"))
    assert not derivable((r"(S\NP)/NP", "N", "N"))
    # A passive verb that still wants an object does not combine, nor a fronted phrase tagged like a final one.
    assert not derivable(("N", r"(S\NP)/(S\NP)", r"(S\NP)/NP"))
    assert not derivable((r"((S\NP)\(S\NP))/NP", "N", "N", r"S\NP"))


@pytest.mark.parametrize("split", ["validation", "test"])
def test_categories_combine_to_a_sentence(mini: Callable[..., Any], split: str) -> None:
    seen: Counter[str] = Counter()
    checked: set[tuple[str, ...]] = set()
    for row in mini("ccg", split).rows:
        assert row.tokens[-1] == row.tags[-1] == "."
        seen["passive"] += "was" in row.tokens
        seen["negated"] += "not" in row.tokens
        seen["negated passive"] += {"was", "not"} <= set(row.tokens)
        seen["fronted"] += row.tokens[0] in ("in", "on")
        if row.tags not in checked:
            assert derivable(row.tags[:-1]), row
        checked.add(row.tags)
    assert min(seen.values()) > 0


def word_class(word: str) -> str:
    """The universal part of speech of an English word of the world, by hand or by the list that it stands in."""
    by_hand = {
        "the": "DET", "in": "ADP", "on": "ADP", "by": "ADP", "a": "ADP", "kind": "ADP", "of": "ADP", "a kind of": "ADP",
        "not": "PART", "was": "AUX", "did": "AUX", "is": "AUX", "who": "PRON", "what": "PRON", "where": "ADV",
        "when": "ADV", ".": "PUNCT", "?": "PUNCT",
    }  # fmt: skip
    kinds = set(KIND_OF.values())
    lists = {
        "PROPN": (*NAMES, *CITIES, *BRANDS),
        "NOUN": (*PROFESSIONS, *KIND_OF, *PLACES, *DAYS, *kinds, "company"),
        "ADJ": (*ADJECTIVES, *(SYNONYM[word] for word in ADJECTIVES if word in SYNONYM), *OUTCOME.values()),
        "VERB": VERBS_AND_SYNONYMS,
    }
    return by_hand.get(word) or next(name for name, words in lists.items() if word in words)


def base(code: str, token: str, english: Any) -> str:
    """The English word, without affixes, of a token of a language."""
    if code == "en":
        past, participle = english.past, english.participle
        return str(past.get(token, participle.get(token, token)))
    if token in ".?":
        return token
    meaning = gloss(code, token)
    for ending in ("-OBJECT", "-PASSIVE-PAST", "-PAST"):
        meaning = meaning.removesuffix(ending)
    return meaning


@pytest.mark.parametrize("code", LANGUAGES)
def test_parts_of_speech(mini: Callable[..., Any], english: Any, code: str) -> None:
    for row in mini("udpos", "test", code).rows:
        assert row.tags == tuple(word_class(base(code, token, english)) for token in row.tokens), row


def test_parts_of_speech_of_statements_questions_and_states(mini: Callable[..., Any]) -> None:
    seen = {tag for row in mini("udpos", "test").rows for tag in row.tags}
    assert seen == {"DET", "NOUN", "PROPN", "ADJ", "VERB", "AUX", "ADP", "PART", "PRON", "ADV", "PUNCT"}


@pytest.mark.parametrize("code", LANGUAGES)
def test_names(mini: Callable[..., Any], english: Any, code: str) -> None:
    """IOB2: a person or a city is one word; a company's two words are one name, whichever comes first."""
    for row in mini("panx", "test", code).rows:
        expected: list[str] = []
        for token in row.tokens:
            word = base(code, token, english)
            begun = bool(expected) and expected[-1] == "B-ORG"
            organisation = word in BRANDS or word == "company"
            expected.append(
                ("I-ORG" if begun else "B-ORG")
                if organisation
                else "B-PER"
                if word in NAMES
                else "B-LOC"
                if word in CITIES
                else "O"
            )
        assert row.tags == tuple(expected), row


def test_all_sorts_of_names_occur(mini: Callable[..., Any]) -> None:
    for split in ("train", "validation", "test"):
        seen = Counter(tag for row in mini("panx", split).rows for tag in row.tags)
        assert set(seen) == {"O", "B-PER", "B-ORG", "I-ORG", "B-LOC"}
        assert seen["B-ORG"] == seen["I-ORG"]
        assert min(seen.values()) > 30


@pytest.mark.parametrize("task", ["ccg", "udpos", "panx"])
def test_tags_are_those_that_the_task_declares(mini: Callable[..., Any], task: str) -> None:
    from harness.registry import default_registry

    labels = default_registry().task(task).labels
    for row in mini(task, "test").rows:
        assert len(row.tokens) == len(row.tags)
        assert not labels or set(row.tags) <= set(labels)
