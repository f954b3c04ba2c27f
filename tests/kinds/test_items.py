"""Which rows are the same item in other languages, and which items belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import harness
from harness.registry import Registry
from harness.sources.mini.source import MiniSource

if TYPE_CHECKING:
    from harness.kinds.base import Kind

C, R = harness.ClassificationRow, harness.RetrievalRow


def asked(question: str, context: str) -> harness.QuestionRow:
    return harness.QuestionRow(question=question, context=context, answers=())


def chosen(question: str, context: str) -> harness.MultipleChoiceRow:
    return harness.MultipleChoiceRow(question=question, context=context, choices=("one", "two"), label=0)


@pytest.mark.parametrize(
    ("name", "one", "another", "together"),
    [
        ("question-answering", asked("a", "x"), asked("b", "x"), True),
        ("question-answering", asked("a", "x"), asked("a", "y"), False),
        ("text-classification", C(text="x", text_pair="a", label="l"), C(text="x", text_pair="b", label="m"), True),
        ("text-classification", C(text="x", text_pair="a", label="l"), C(text="y", text_pair="a", label="m"), False),
        ("multiple-choice", chosen("a", "x"), chosen("b", "x"), True),
        ("multiple-choice", chosen("a", "x"), chosen("a", "y"), False),
        ("text-retrieval", R(text="a", side="query", group="g"), R(text="b", side="query", group="g"), True),
        ("text-retrieval", R(text="a", side="query", group="g"), R(text="a", side="query", group="h"), False),
    ],
)
def test_items_that_share_a_text_are_drawn_together(
    kinds: dict[str, Kind[Any]], name: str, one: harness.Row, another: harness.Row, together: bool
) -> None:
    kind = kinds[name]
    assert kind.group(one)
    assert (kind.group(one) == kind.group(another)) == together


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("text-classification", C(text="x", label="l")),
        ("multiple-choice", chosen("", "x")),
        ("multiple-choice", chosen("a", "")),
        ("text-retrieval", R(text="a", side="query")),
        ("token-classification", harness.TokenRow(tokens=("x",), tags=("X",))),
        ("sentence-similarity", harness.SentenceRow(text="x", side="source", key="k")),
        ("bitext-mining", harness.SentenceRow(text="x", side="source", key="k")),
        ("fill-mask", harness.TextRow(text="x")),
    ],
)
def test_other_items_are_drawn_one_by_one(kinds: dict[str, Kind[Any]], name: str, row: harness.Row) -> None:
    assert kinds[name].group(row) == ""
    assert kinds[name].identity(row) == ""


@pytest.mark.parametrize("name", ["pawsx", "xquad", "xcopa", "udpos"])
def test_an_item_is_called_the_same_in_every_language(name: str) -> None:
    registry, source = Registry(), MiniSource()
    task = registry.task(name)
    kind = registry.kind(task.kind)
    named = [[kind.identity(row) for row in source.load(task, "test", language).rows] for language in ("qaa", "qad")]
    assert named[0] == named[1]
    assert len(set(named[0])) == len(named[0])
    assert all(named[0])
