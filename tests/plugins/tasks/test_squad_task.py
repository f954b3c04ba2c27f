"""Tasks squad and squad_v2: which questions have answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import Answer, QuestionRow

if TYPE_CHECKING:
    from collections.abc import Callable

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
