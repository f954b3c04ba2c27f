"""English as the benchmark writes it, word by word, and where the parts of a sentence stand."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.sources.mini.grammars import affixed, is_person
from harness.sources.mini.languages import LANGUAGES, grammar_of
from harness.sources.mini.world import Entity, Event, State

FIND = Event(agent=Entity("Anna"), verb="find", patient=Entity("lamp", "big"), place="park", time="Monday")
HIDE = Event(agent=Entity("baker", "old"), verb="hide", patient=Entity("saw"))
CALL = Event(agent=Entity("Vega"), verb="call", patient=Entity("Ben"), place="Lima")


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (FIND, "Anna found the big lamp in the park on Monday."),
        (replace(FIND, front="time"), "on Monday Anna found the big lamp in the park."),
        (replace(FIND, front="place"), "in the park Anna found the big lamp on Monday."),
        (replace(FIND, passive=True), "the big lamp was found by Anna in the park on Monday."),
        (replace(FIND, negated=True), "Anna did not find the big lamp in the park on Monday."),
        (
            replace(FIND, negated=True, passive=True, front="place"),
            "in the park the big lamp was not found by Anna on Monday.",
        ),
        (HIDE, "the old baker hid the saw."),
        (replace(HIDE, passive=True), "the saw was hidden by the old baker."),
        (replace(HIDE, negated=True), "the old baker did not hide the saw."),
        (CALL, "Vega company called Ben in Lima."),
        (replace(CALL, passive=True), "Ben was called by Vega company in Lima."),
        (replace(CALL, verb="praise"), "Vega company praised Ben in Lima."),
        (replace(CALL, verb="carry", patient=Entity("saw")), "Vega company carried the saw in Lima."),
    ],
)
def test_english_statements(event: Event, sentence: str) -> None:
    assert grammar_of("en").sentence(event).text == sentence


def test_english_verb_forms(english: type) -> None:
    forms = {verb: past for past, verb in english.past.items()}  # type: ignore[attr-defined]
    passives = {verb: form for form, verb in english.participle.items()}  # type: ignore[attr-defined]
    for verb in forms:
        event = Event(agent=Entity("Anna"), verb=verb, patient=Entity("Ben"))
        assert grammar_of("en").sentence(event).text == f"Anna {forms[verb]} Ben."
        assert grammar_of("en").sentence(replace(event, passive=True)).text == f"Ben was {passives[verb]} by Anna."


@pytest.mark.parametrize(
    ("event", "asked", "question"),
    [
        (FIND, "agent", "who found the big lamp in the park on Monday?"),
        (FIND, "patient", "what did Anna find in the park on Monday?"),
        (FIND, "place", "where did Anna find the big lamp on Monday?"),
        (FIND, "time", "when did Anna find the big lamp in the park?"),
        (replace(FIND, passive=True), "agent", "by who was the big lamp found in the park on Monday?"),
        (replace(FIND, passive=True), "patient", "what was found by Anna in the park on Monday?"),
        (replace(FIND, passive=True), "place", "where was the big lamp found by Anna on Monday?"),
        (replace(FIND, negated=True), "agent", "who did not find the big lamp in the park on Monday?"),
        (replace(FIND, negated=True), "patient", "what did Anna not find in the park on Monday?"),
        (replace(FIND, negated=True, passive=True), "time", "when was the big lamp not found by Anna in the park?"),
        (replace(FIND, front="time"), "place", "where did Anna find the big lamp on Monday?"),
        (CALL, "agent", "who called Ben in Lima?"),
        (CALL, "patient", "who did Vega company call in Lima?"),
    ],
)
def test_english_questions(event: Event, asked: str, question: str) -> None:
    assert grammar_of("en").question(event, asked).text == question


@pytest.mark.parametrize(
    ("state", "sentence", "asks_value", "asks_subject"),
    [
        (
            State(subject=Entity("dog", "big"), value=Entity("wet")),
            "the big dog is wet.",
            "how is the big dog?",
            "what is wet?",
        ),
        (
            State(subject=Entity("dog"), relation="a kind of", value=Entity("animal")),
            "the dog is a kind of animal.",
            "what is the dog?",
            "what is a kind of animal?",
        ),
        (
            State(subject=Entity("Anna"), relation="in", value=Entity("park")),
            "Anna is in the park.",
            "where is Anna?",
            "who is in the park?",
        ),
        (
            State(subject=Entity("dog", "red"), relation="above", value=Entity("car", "blue")),
            "the red dog is above the blue car.",
            "where is the red dog?",
            "what is above the blue car?",
        ),
    ],
)
def test_english_states(state: State, sentence: str, asks_value: str, asks_subject: str) -> None:
    english = grammar_of("en")
    assert english.sentence(state).text == sentence
    assert english.sentence(replace(state, negated=True)).text == sentence.replace(" is ", " is not ")
    assert english.question(state, "value").text == asks_value
    assert english.question(state, "subject").text == asks_subject


def test_english_phrases_and_sayings() -> None:
    english = grammar_of("en")
    assert [english.phrase(Entity(noun)).text for noun in ("dog", "Anna", "Vega", "Lima")] == [
        "the dog",
        "Anna",
        "Vega company",
        "Lima",
    ]
    said = english.saying("then what", "?")
    assert said.text == "then what?"
    assert [word.word_class for word in english.saying("yes because Anna").words] == ["INTJ", "SCONJ", "PROPN"]


def test_spans_in_english() -> None:
    def words(event: Event, slot: str) -> str:
        sentence = grammar_of("en").sentence(event)
        begin, end = sentence.span(slot)
        return sentence.text[begin:end]

    told = {slot: words(FIND, slot) for slot in ("agent", "patient", "place", "time")}
    assert told == {"agent": "Anna", "patient": "the big lamp", "place": "the park", "time": "Monday"}
    assert words(replace(CALL, passive=True), "agent") == "Vega company"
    assert words(replace(FIND, front="time"), "time") == "Monday"


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("slot", ["agent", "patient", "place", "time"])
def test_a_slot_is_one_stretch_of_text(code: str, slot: str) -> None:
    for event in (FIND, CALL, HIDE):
        if not getattr(event, slot):
            continue
        fronts = [front for front in ("", "place", "time") if not front or getattr(event, front)]
        for front in fronts:
            for passive in (False, True):
                sentence = grammar_of(code).sentence(replace(event, front=front, passive=passive))
                begin, end = sentence.span(slot)
                words = [word.text for word in sentence.words if word.slot == slot]
                assert words
                assert sentence.text[begin:end] == " ".join(words)


def test_affixes_and_people() -> None:
    assert affixed("wash", "-ta") == "washta"
    assert affixed("wash", "za-") == "zawash"
    assert affixed("wash", "") == "wash"
    assert [is_person(noun) for noun in ("Anna", "baker", "Vega", "dog", "park", "Lima")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
