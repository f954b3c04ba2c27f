"""Tasks squad and squad_v2: questions answered by a span of a paragraph, without and with unanswerable questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(SQUAD)
    register(SQUAD_V2)


def to_answerable_row(record: harness.Record) -> harness.QuestionRow:
    """A row of SQuAD 1.1, where every question has an answer."""
    row = to_row(record)
    if not row.answers:
        raise harness.BadRow("an unanswerable question; it belongs to squad_v2")
    return row


def to_row(record: harness.Record) -> harness.QuestionRow:
    answers = tuple(harness.Answer(answer["text"], answer["answer_start"]) for answer in record["answers"])
    if any(not answer.text.strip() for answer in answers):
        raise harness.BadRow("the gold answer is blank")
    if record["is_impossible"] and answers:
        raise harness.BadRow("marked as impossible, but has a gold answer")
    if not record["is_impossible"] and not answers:
        raise harness.BadRow("no gold answer")
    # Contexts and questions keep their outer blanks: answers are counted from the first character.
    return harness.QuestionRow(id=record["id"], question=record["question"], context=record["context"], answers=answers)


SQUAD = harness.Task(
    name="squad",
    kind="question-answering",
    languages=("en",),
    metrics=("squad_f1", "squad_exact_match"),
    formats={
        "squad": harness.Format(
            reader="squad",
            row=to_answerable_row,
            files={"train": "squad/train-v1.1.json", "validation": "squad/dev-v1.1.json"},
        ),
    },
    description="Find the span of a Wikipedia paragraph that answers a question (SQuAD 1.1). Its development questions "
    "are those of XQuAD and LAReQA.",
    licence="CC BY-SA 4.0",
    citation="Rajpurkar et al. 2016",
    homepage="https://rajpurkar.github.io/SQuAD-explorer/",
)

SQUAD_V2 = harness.Task(
    name="squad_v2",
    unanswerable=True,
    kind="question-answering",
    languages=("en",),
    metrics=("squad_f1", "squad_exact_match"),
    formats={
        "squad": harness.Format(
            reader="squad",
            row=to_row,
            files={"train": "squad/train-v2.0.json", "validation": "squad/dev-v2.0.json"},
        ),
    },
    description="As SQuAD 1.1, with questions that the paragraph does not answer (SQuAD 2.0).",
    licence="CC BY-SA 4.0",
    citation="Rajpurkar et al. 2018",
    homepage="https://rajpurkar.github.io/SQuAD-explorer/",
)
