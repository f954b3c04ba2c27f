"""What each kind makes of training rows whose right answers tell nothing of their texts."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

import harness
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.kinds.base import Kind

CONTEXT = "In 1889 the tower was opened;  it stands in Paris,\non the left bank of the river ."
ROWS = 40


def exchanged(kind: Kind[Any], rows: list[Any]) -> list[Any]:
    """Checked rows that have exchanged their right answers, twice in the same way and once more in another."""
    found = kind.with_random_labels(rows, Random(1))
    assert found == kind.with_random_labels(rows, Random(1))
    assert found != kind.with_random_labels(rows, Random(2))
    for row in found:
        kind.check(row, ())
    assert [kind.texts(row)[0] for row in found] == [kind.texts(row)[0] for row in rows]
    return found


def test_classes_are_as_frequent_as_before(kinds: dict[str, Kind[Any]]) -> None:
    rows = [harness.ClassificationRow(text=f"text {i}", label="yes" if i < ROWS // 4 else "no") for i in range(ROWS)]
    found = exchanged(kinds["text-classification"], rows)
    assert Counter(row.label for row in found) == {"yes": ROWS // 4, "no": 3 * ROWS // 4}
    assert {row.label for row in found[ROWS // 4 :]} == {"yes", "no"}


def test_any_choice_may_become_the_right_one(kinds: dict[str, Kind[Any]]) -> None:
    choices = (("a", "b"), ("a", "b", "c", "d"))
    rows = [harness.MultipleChoiceRow(context=f"text {i}", choices=choices[i % 2], label=0) for i in range(ROWS)]
    found = exchanged(kinds["multiple-choice"], rows)
    assert {row.label for row in found if len(row.choices) == 2} == {0, 1}
    assert {row.label for row in found if len(row.choices) == 4} == {0, 1, 2, 3}


def test_tags_go_to_words_of_any_sentence(kinds: dict[str, Kind[Any]]) -> None:
    words = [["a"] * (1 + i % 5) for i in range(ROWS)]
    rows = [
        harness.TokenRow(tokens=tuple(own), tags=("NOUN" if i % 5 else "VERB",) * len(own))
        for i, own in enumerate(words)
    ]
    found = exchanged(kinds["token-classification"], rows)
    every = [Counter(tag for row in one for tag in row.tags) for one in (rows, found)]
    assert every[0] == every[1]
    assert any(len(set(row.tags)) == 2 for row in found)


def test_answers_are_as_long_as_others_and_anywhere(kinds: dict[str, Kind[Any]]) -> None:
    def ask(number: int) -> harness.QuestionRow:
        text = ("1889", "the tower was opened;", "")[number % 3]
        answers = (harness.Answer(text, CONTEXT.index(text)), harness.Answer("Paris", CONTEXT.index("Paris")))
        return harness.QuestionRow(question=f"{number}?", context=CONTEXT, answers=answers if text else ())

    rows = [ask(number) for number in range(3 * ROWS)]
    found = exchanged(kinds["question-answering"], rows)
    lengths = Counter(len(row.answers[0].text.split()) if row.answers else 0 for row in found)
    assert lengths == {1: ROWS, 4: ROWS, 0: ROWS}
    assert max(len(row.answers) for row in found) == 1
    single = {row.answers[0].text for row in found if row.answers and len(row.answers[0].text.split()) == 1}
    # From the first word to the last, with what stands between blanks.
    assert {"In", "Paris,", "."} <= single
    assert single <= set(CONTEXT.split())
    # Which questions have none is drawn as well.
    assert {number % 3 for number, row in enumerate(found) if not row.answers} == {0, 1, 2}


def test_an_answer_longer_than_the_context_is_all_of_it(kinds: dict[str, Kind[Any]]) -> None:
    long = harness.QuestionRow(question="?", context=CONTEXT, answers=(harness.Answer(CONTEXT, 0),))
    short = harness.QuestionRow(question="?", context=" two words ", answers=(harness.Answer("two", 1),))
    found = {
        row.answers
        for seed in range(20)
        for row in kinds["question-answering"].with_random_labels([long, short], Random(seed))
        if row.context == short.context
    }
    assert found == {(harness.Answer(text, start),) for text, start in (("two", 1), ("words", 5), ("two words", 1))}


def test_queries_get_the_candidates_of_others(kinds: dict[str, Kind[Any]]) -> None:
    rows = [harness.RetrievalRow(text=f"query {i}", side="query", positive=f"passage {i}") for i in range(ROWS)]
    candidate = harness.RetrievalRow(text="passage", side="candidate", key="1")
    *found, last = exchanged(kinds["text-retrieval"], [*rows, candidate])
    assert sorted(row.positive for row in found) == sorted(row.positive for row in rows)
    assert last == candidate


@pytest.mark.parametrize("name", ["sentence-similarity", "bitext-mining", "fill-mask"])
def test_kinds_without_labels_say_so(kinds: dict[str, Kind[Any]], name: str) -> None:
    with raises_code("no-labels-to-exchange", name):
        kinds[name].with_random_labels([], Random(1))
