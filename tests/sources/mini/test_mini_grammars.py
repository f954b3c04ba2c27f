"""The languages of the embedded benchmark: word order, shared words, and one sentence for each meaning."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from harness.sources.mini import world
from harness.sources.mini.grammars import grammar_of
from harness.sources.mini.world import CONTENT_WORDS, FUNCTION_WORDS, NAMES, Entity, Meaning

EVENT = Meaning(agent=Entity("Anna"), verb="find", patient=Entity("lamp", "big"), place="park", time="Monday")


def shared(code: str, words: tuple[str, ...]) -> float:
    lexicon = grammar_of(code).lexicon
    return sum(lexicon[word] == word for word in words) / len(words)


def test_english_statements() -> None:
    english = grammar_of("en")
    assert english.sentence(EVENT).text == "Anna found the big lamp in the park on Monday."
    assert english.sentence(replace(EVENT, front="time")).text == "On Monday Anna found the big lamp in the park."
    negated = replace(EVENT, negated=True, front="place")
    assert english.sentence(negated).text == "In the park Anna did not find the big lamp on Monday."


@pytest.mark.parametrize(
    ("slot", "question"),
    [
        ("agent", "Who found the big lamp in the park on Monday?"),
        ("patient", "What did Anna find in the park on Monday?"),
        ("place", "Where did Anna find the big lamp on Monday?"),
        ("time", "When did Anna find the big lamp in the park?"),
    ],
)
def test_english_questions(slot: str, question: str) -> None:
    assert grammar_of("en").question(EVENT, slot).text == question


def test_people_are_asked_for_with_who() -> None:
    event = replace(EVENT, verb="help", patient=Entity("Ben"), place="", time="")
    assert grammar_of("en").question(event, "patient").text == "Who did Anna help?"


def test_the_near_language_has_english_order() -> None:
    grammar = grammar_of("qaa")
    lex = grammar.lexicon
    words = ["Anna", f"{lex['find']}ta", lex["the"], lex["big"], lex["lamp"], lex["in"], lex["the"], lex["park"]]
    assert [word.text for word in grammar.sentence(replace(EVENT, time="")).words] == words
    asked = [lex["where"], "Anna", f"{lex['find']}ta", lex["the"], lex["big"], lex["lamp"]]
    assert [word.text for word in grammar.question(replace(EVENT, time=""), "place").words] == asked


def test_the_far_language_ends_with_the_verb_and_marks_objects() -> None:
    grammar = grammar_of("qab")
    lex = grammar.lexicon
    adverbials = [lex["Monday"], lex["on"], lex["park"], lex["in"]]
    patient = [lex["big"], f"{lex['lamp']}ko"]
    verb = [lex["not"], f"{lex['find']}mu"]
    words = ["Anna", *adverbials, *patient, *verb]
    assert [word.text for word in grammar.sentence(replace(EVENT, negated=True)).words] == words
    asked = ["Anna", *adverbials, lex["what"], f"{lex['find']}mu"]
    assert [word.text for word in grammar.question(EVENT, "patient").words] == asked


def test_how_many_words_are_shared_with_english() -> None:
    assert shared("qaa", NAMES) == shared("qab", NAMES) == 1
    assert shared("qaa", CONTENT_WORDS) == pytest.approx(0.5, abs=0.01)
    assert shared("qab", CONTENT_WORDS) == pytest.approx(0.1, abs=0.01)
    assert shared("qaa", FUNCTION_WORDS) == shared("qab", FUNCTION_WORDS) == 0


@pytest.mark.parametrize("code", ["en", "qaa", "qab"])
def test_each_meaning_has_a_sentence_of_its_own(code: str) -> None:
    rng = Random(0)
    drawn = {event for _ in range(3000) for event in world.draw(rng)}
    meanings = {
        variant
        for event in drawn
        for variant in (event, replace(event, negated=True), *world.swapped(event), *world.with_opposite(event))
    }
    sentences = {grammar_of(code).sentence(meaning).text for meaning in meanings}
    assert len(sentences) == len(meanings)


@pytest.mark.parametrize("code", ["en", "qaa", "qab"])
@pytest.mark.parametrize("slot", ["agent", "patient", "place", "time"])
def test_spans_hold_the_words_of_their_slot(code: str, slot: str) -> None:
    grammar = grammar_of(code)
    for front in ("", "place", "time"):
        sentence = grammar.sentence(replace(EVENT, front=front))
        begin, end = sentence.span(slot)
        words = [word.text for word in sentence.words if word.slot == slot]
        assert sentence.text[begin:end].lower() == " ".join(words).lower()
