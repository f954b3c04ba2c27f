from __future__ import annotations

import dataclasses
import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kinds.base import Kind
from harness.perturbations import BadChange, Edit, Perturbation, Transform, position
from harness.registry import default_registry
from harness.rows import (
    Answer,
    ClassificationRow,
    MultipleChoiceRow,
    QuestionRow,
    RetrievalRow,
    Row,
    SentenceRow,
    TextRow,
    TokenRow,
)


def edit_with(change: object, key: str = "a.tsv:3", severity: int = 1, seed: int = 0) -> Edit:
    perturbation = Perturbation(name="p", change=change)  # type: ignore[arg-type]
    return Edit(perturbation, Transform("p", 1, severity, seed), key, "de")


def built_in(name: str, severity: int = 3, key: str = "a.tsv:3") -> Edit:
    perturbation = default_registry().perturbation(name)
    return Edit(perturbation, Transform(name, 1, severity), key, "de", perturbation.settings())


def kind_of(name: str) -> Kind[Row]:
    return default_registry().kind(name)


def bracketed(text: str, random: Random, language: str, severity: int) -> str:
    """Longer than it was, so that offsets move."""
    del random, language, severity
    return f"<<{text}>"


def test_draws_depend_on_all_that_is_asked_for_and_on_the_place_in_the_file_only() -> None:
    def drawn(text: str, random: Random, language: str, severity: int) -> str:
        return f"{text} {random.random()}"

    base = edit_with(drawn)
    assert base("x", "text") == base("x", "text") == edit_with(drawn, key="elsewhere/b.tsv:3")("x", "text")
    others = [
        edit_with(drawn, key="a.tsv:4")("x", "text"),
        edit_with(drawn, severity=2)("x", "text"),
        edit_with(drawn, seed=1)("x", "text"),
        base("x", "text_pair"),
        dataclasses.replace(base, transform=Transform("p", 2, 1))("x", "text"),
        dataclasses.replace(base, transform=Transform("q", 1, 1))("x", "text"),
    ]
    assert len({base("x", "text"), *others}) == len(others) + 1


@pytest.mark.parametrize(
    ("key", "found"), [("a/b.tsv:12", ":12"), ("table:12:1", ":12:1"), ("de/x.json:5", ":5"), ("Q42", "Q42")]
)
def test_the_place_of_a_row(key: str, found: str) -> None:
    assert position(key) == found


def test_a_perturbation_that_does_what_none_may_is_named() -> None:
    for edit, problem in (
        (edit_with(lambda *_: " "), "the perturbation p:1 leaves nothing of a text"),
        (edit_with(lambda *_: None), "the perturbation p:1 gives a NoneType where a text is expected"),
    ):
        with pytest.raises(BadChange) as error:
            edit("some text", "text")
        assert error.value.what == problem
    with pytest.raises(BadChange) as error:
        edit_with(lambda *_: "two words").word("one", "word 0")
    assert error.value.what == "the perturbation p:1 parts a word into several"


OF_TEXTS = ("typo", "case", "diacritics", "punctuation", "local-order", "word-drop")
"""What comes along for texts one by one and needs no file; the first four also for words with tags."""

CONTEXTS = st.text(alphabet="abc DÉe\u0301\u0308 \u0928\u093f漢.\n", min_size=1, max_size=40)


@st.composite
def questions(draw: st.DrawFn) -> QuestionRow:
    context = draw(CONTEXTS.filter(str.strip))
    ends = st.tuples(st.integers(0, len(context) - 1), st.integers(1, len(context))).filter(lambda e: e[0] < e[1])
    spans = draw(st.lists(ends.filter(lambda e: context[e[0] : e[1]].strip()), max_size=3))
    answers = tuple(Answer(context[start:end], start) for start, end in spans)
    return QuestionRow(id="7", question="Where is it?", context=context, answers=answers)


@given(row=questions(), name=st.sampled_from([*OF_TEXTS, "longer"]), key=st.integers(1, 9))
def test_answers_stay_as_they_are_where_they_say_they_are(row: QuestionRow, name: str, key: int) -> None:
    edit = edit_with(bracketed) if name == "longer" else built_in(name, key=f"x:{key}")
    found = kind_of("question-answering").edited(row, edit)
    assert isinstance(found, QuestionRow)
    kind_of("question-answering").check(found, ())
    assert [answer.text for answer in found.answers] == [answer.text for answer in row.answers]
    for answer in found.answers:
        assert found.context[answer.start : answer.start + len(answer.text)] == answer.text
    assert found.id == row.id


def test_contexts_are_changed_outside_their_answers() -> None:
    context = "It lies in Paris and Lyon. Nowhere else."
    answers = (Answer("Paris", 11), Answer("Paris and Lyon", 11), Answer("Nowhere", 27))
    row = QuestionRow(question="Where?", context=context, answers=answers)
    found = kind_of("question-answering").edited(row, edit_with(bracketed))
    assert found == QuestionRow(
        question="<<Where?>",
        context="<<It lies in >Paris and Lyon<<. >Nowhere<< else.>",
        answers=(Answer("Paris", 14), Answer("Paris and Lyon", 14), Answer("Nowhere", 33)),
    )


def test_marks_stay_with_the_letters_of_an_answer() -> None:
    context = unicodedata.normalize("NFD", "un café noir")
    row = QuestionRow(question="?", context=context, answers=(Answer("cafe", 3),))
    found = kind_of("question-answering").edited(row, edit_with(bracketed))
    assert isinstance(found, QuestionRow)
    assert found.context == "<<un >" + unicodedata.normalize("NFD", "café") + "<< noir>"


WORDS = st.lists(
    st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=8).filter(str.strip), min_size=1
)


@given(words=WORDS, name=st.sampled_from(OF_TEXTS[:4]), severity=st.integers(1, 3))
def test_words_stay_words_with_their_tags(words: list[str], name: str, severity: int) -> None:
    row = TokenRow(tokens=tuple(words), tags=tuple(str(i) for i in range(len(words))))
    found = kind_of("token-classification").edited(row, built_in(name, severity))
    assert isinstance(found, TokenRow)
    assert len(found.tokens) == len(row.tokens)
    assert found.tags == row.tags
    assert all(
        len(token.split()) == len(word.split()) and token for token, word in zip(found.tokens, words, strict=True)
    )


CHANGED = {
    "text-classification": (
        ClassificationRow(id="1", text="a", text_pair="b", label="x"),
        ClassificationRow(id="1", text="<<a>", text_pair="<<b>", label="x"),
    ),
    "multiple-choice": (
        MultipleChoiceRow(context="a", question="", choices=("b", "c"), label=1),
        MultipleChoiceRow(context="<<a>", question="<<>", choices=("<<b>", "<<c>"), label=1),
    ),
    "sentence-similarity": (
        SentenceRow(text="a", side="source", key="1", matches=("2",)),
        SentenceRow(text="<<a>", side="source", key="1", matches=("2",)),
    ),
    "bitext-mining": (SentenceRow(text="a", side="target", key="2"), SentenceRow(text="a", side="target", key="2")),
    "text-retrieval": (
        RetrievalRow(text="a", side="query", matches=("2",), group="g"),
        RetrievalRow(text="<<a>", side="query", matches=("2",), group="g"),
    ),
}


@pytest.mark.parametrize("kind", CHANGED)
def test_what_of_a_row_is_changed(kind: str) -> None:
    row, wanted = CHANGED[kind]
    assert kind_of(kind).edited(row, edit_with(bracketed)) == wanted


def test_what_is_searched_and_what_is_alone_stays() -> None:
    candidate = RetrievalRow(text="a", side="candidate", key="2")
    assert kind_of("text-retrieval").edited(candidate, edit_with(bracketed)) == candidate
    alone = ClassificationRow(text="a", label=None)
    assert kind_of("text-classification").edited(alone, edit_with(bracketed)) == dataclasses.replace(alone, text="<<a>")


def test_choices_stay_as_they_are_where_two_would_be_the_same() -> None:
    row = MultipleChoiceRow(context="Who?", choices=("US", "us"), label=0)
    found = kind_of("multiple-choice").edited(row, built_in("case", 1))
    assert found == MultipleChoiceRow(context="who?", choices=("US", "us"), label=0)


def test_a_word_with_a_tag_is_changed_by_what_is_for_words() -> None:
    both = Perturbation(name="p", change=lambda text, *_: f"{text} .", change_word=lambda text, *_: f"{text}.")
    edit = Edit(both, Transform("p", 1, 1), "a.tsv:3", "de")
    row = kind_of("token-classification").edited(TokenRow(tokens=("a", "b"), tags=("X", "Y")), edit)
    assert row == TokenRow(tokens=("a.", "b."), tags=("X", "Y"))
    assert edit("a", "text") == "a ."


@pytest.mark.parametrize(
    ("names", "on"),
    [
        ((), []),
        (("*",), ["xnli", "pawsx", "tatoeba@xtreme-r", "tatoeba"]),
        (("pawsx",), ["pawsx"]),
        (("tatoeba",), ["tatoeba@xtreme-r", "tatoeba"]),
        (("tatoeba@xtreme-r",), ["tatoeba@xtreme-r"]),
        (("text-classification", "nothing"), ["xnli", "pawsx"]),
    ],
)
def test_tasks_variants_and_kinds_may_be_those_whose_labels_need_not_hold(
    names: tuple[str, ...], on: list[str]
) -> None:
    perturbation = Perturbation(name="p", change=lambda text, *_: text, diagnostic=names)
    tasks = [default_registry().task(name) for name in ("xnli", "pawsx", "tatoeba@xtreme-r", "tatoeba")]
    assert [task.name for task in tasks if perturbation.is_diagnostic(task)] == on


def test_one_name_in_place_of_several_is_refused() -> None:
    with pytest.raises(TypeError, match=r"write \('pawsx',\)"):
        Perturbation(name="p", change=lambda text, *_: text, diagnostic="pawsx")  # type: ignore[arg-type]


DIAGNOSTIC = {
    **dict.fromkeys(("typo", "case", "diacritics", "punctuation", "code-switch", "cross-language"), ()),
    **dict.fromkeys(("local-order", "word-drop", "entity-swap"), ("pawsx",)),
    "number-swap": ("pawsx", "xnli", "mnli", "snli", "anli"),
    **dict.fromkeys(("hypothesis-only", "shuffled-premise"), ("*",)),
}


def test_what_comes_along_says_where_labels_hold_and_what_each_severity_does() -> None:
    built_in = default_registry().perturbations
    assert {name: one.diagnostic for name, one in built_in.items() if name in DIAGNOSTIC} == DIAGNOSTIC
    for name in DIAGNOSTIC:
        assert len(set(built_in[name].severities)) == 3


def test_a_kind_whose_labels_are_its_texts_refuses() -> None:
    with pytest.raises(Exception, match="fill-mask") as error:
        kind_of("fill-mask").edited(TextRow(text="a"), edit_with(bracketed))
    assert getattr(error.value, "code", "") == "kind-not-perturbed"
