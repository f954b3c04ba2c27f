"""Tasks squad and squad_v2: which questions have answers, and their copies on the hub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import datasets
import pytest
from harness_plugins.tasks.squad import answers_of, start_in

from harness import Answer, BadRow, QuestionRow
from tests.fixtures import HubCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.sources.base import Split


def question(identifier: str, *texts: str, **more: Any) -> dict[str, Any]:
    return {
        "id": identifier,
        "question": " What?",
        "answers": [{"text": text, "answer_start": 2} for text in texts],
        **more,
    }


def document(*questions: dict[str, Any]) -> list[Any]:
    return [{"data": [{"title": "T", "paragraphs": [{"context": " A text.", "qas": list(questions)}]}]}]


def row(identifier: str, *texts: str) -> QuestionRow:
    answers = tuple(Answer(text, 2) for text in texts)
    return QuestionRow(id=identifier, question=" What?", context=" A text.", answers=answers)


def test_squad_keeps_outer_blanks_and_refuses_questions_without_answer(load: Callable[..., Split]) -> None:
    unlabelled = {"id": "e", "question": "What?"}
    questions = [question("a", "text", "A text"), question("b"), question("c", is_impossible=True), question("d", " ")]
    split = load({"squad/dev-v1.1.json": document(*questions, unlabelled)}, "squad", "validation")
    assert split.rows == [row("a", "text", "A text")]
    assert split.keys == ["squad/dev-v1.1.json:1"]
    assert [(skipped.line, skipped.reason.split(";")[0]) for skipped in split.skipped] == [
        (2, "no gold answer"),
        (3, "an unanswerable question"),
        (4, "the gold answer is blank"),
        (5, "no column 'answers'"),
    ]


def test_squad_v2_tells_unanswerable_questions_from_missing_answers(load: Callable[..., Split]) -> None:
    questions = [
        question("a", "text", is_impossible=False),
        question("b", is_impossible=True, plausible_answers=[{"text": "text", "answer_start": 3}]),
        question("c", is_impossible=False),
        question("d", "text", is_impossible=True),
    ]
    split = load({"squad/train-v2.0.json": document(*questions)}, "squad_v2", "train")
    assert split.rows == [row("a", "text"), row("b")]
    assert [skipped.reason for skipped in split.skipped] == [
        "no gold answer",
        "marked as impossible, but has a gold answer",
    ]


TEXT = datasets.Value("string")
ANSWERS = datasets.Sequence({"text": TEXT, "answer_start": datasets.Value("int32")})
COLUMNS = datasets.Features({"id": TEXT, "title": TEXT, "context": TEXT, "question": TEXT, "answers": ANSWERS})


def on_hub(identifier: str, *texts: str) -> dict[str, Any]:
    answers = {"text": list(texts), "answer_start": [2] * len(texts)}
    return {"id": identifier, "title": "T", "context": " A text.", "question": " What?", "answers": answers}


def flattened(path: Path) -> Iterator[dict[str, Any]]:
    """The questions of a published file as the hub has them."""
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for one in paragraph["qas"]:
                answers = {name: [answer[name] for answer in one["answers"]] for name in ("text", "answer_start")}
                shared = {"title": article["title"], "context": paragraph["context"]}
                yield {"id": one["id"], "question": one["question"], "answers": answers} | shared


def test_outer_blanks_are_not_stripped_on_the_hub(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    hub_cache("rajpurkar/squad", {"validation": [on_hub("a", "text")]}, COLUMNS, configuration="plain_text")
    split = load_hub("squad", "validation")
    # Counted from a stripped context, "text" would begin at 1.
    assert split.rows == [QuestionRow(id="a", question=" What?", context=" A text.", answers=(Answer("text", 2),))]
    assert split.differs == ""


def test_on_the_hub_no_answers_mean_an_unanswerable_question(
    hub_cache: HubCache, load_hub: Callable[..., Split]
) -> None:
    rows = [on_hub("a", "text"), on_hub("b"), on_hub("c", "")]
    hub_cache("rajpurkar/squad_v2", {"train": rows}, COLUMNS, configuration="squad_v2")
    hub_cache("rajpurkar/squad", {"train": rows}, COLUMNS, configuration="plain_text")
    with_unanswerable, answerable = load_hub("squad_v2", "train"), load_hub("squad", "train")
    assert with_unanswerable.rows == [row("a", "text"), row("b")]
    assert [(one.line, one.reason) for one in with_unanswerable.skipped] == [(3, "the gold answer is blank")]
    assert answerable.rows == [row("a", "text")]
    assert [one.reason for one in answerable.skipped] == ["no gold answer", "the gold answer is blank"]


@pytest.mark.parametrize(("task", "file"), [("squad", "squad_v1.1/dev-v1.1"), ("squad_v2", "squad_v2.0/dev-v2.0")])
def test_the_hubs_rows_are_those_of_the_published_file(
    task: str, file: str, shared: Path, hub_cache: HubCache, load: Callable[..., Split], load_hub: Callable[..., Split]
) -> None:
    path = shared / "data" / f"{file}.json"
    configuration = "plain_text" if task == "squad" else "squad_v2"
    hub_cache(f"rajpurkar/{task}", {"validation": list(flattened(path))}, COLUMNS, configuration=configuration)
    published = load({f"squad/{path.name}": path.read_text(encoding="utf-8")}, task, "validation")
    assert load_hub(task, "validation").rows == published.rows
    assert len(published.rows) == {"squad": 810, "squad_v2": 1407}[task]


@pytest.mark.parametrize(
    "record",
    [
        {"answers": {"text": ["a", "b"], "answer_start": [1, 2]}},
        {"answers": [{"text": "a", "answer_start": 1}, {"answer_start": 2, "text": "b"}]},
        {"answers.text": ["a", "b"], "answers.answer_start": [1, 2]},
    ],
)
def test_answers_come_in_three_ways(record: dict[str, Any]) -> None:
    assert answers_of(record) == [{"text": "a", "answer_start": 1}, {"text": "b", "answer_start": 2}]


def test_answers_of_a_stripped_context_begin_where_they_say_or_just_before() -> None:
    # Of "  ab ab" the blanks are gone: the second "ab" was at 5 and is at 3.
    assert start_in("ab ab", "ab", 5) == 3
    assert start_in("ab ab", "ab", 3) == 3
    # The first "ab" was at 2.
    assert start_in("ab ab", "ab", 2) == 0
    # Of contexts of TyDi QA 9 blanks are gone.
    assert start_in("ab" + 20 * "x", "ab", 9) == 0
    with pytest.raises(BadRow, match="answer 'ab' is not in its context at 13 or just before"):
        start_in("ab" + 20 * "x", "ab", 13)
    # Nothing is searched after where it says.
    with pytest.raises(BadRow):
        start_in("xx ab", "ab", 0)
