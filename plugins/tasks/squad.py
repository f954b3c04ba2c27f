"""Tasks squad and squad_v2: questions answered by a span of a paragraph, without and with unanswerable questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

# Not the answers, because copies differ in how they have them: see `answers_of`.
HUB_COLUMNS = ("id", "question", "context")
STRIPPED = (
    "Contexts lack their outer blanks; answers that begin elsewhere by this are found again, or the question is left "
    "out."
)
BLANKS_LOST = 12
"""How many blanks a stripped context may have lost at its start: of XQuAD's at most 2, of TyDi QA's 9."""


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


def answers_of(record: harness.Record) -> list[Mapping[str, Any]]:
    """The answers of a question on the hub: a list, lists of texts and starts, or a column of each."""
    if "answers.text" in record:
        answers: Any = {"text": record["answers.text"], "answer_start": record["answers.answer_start"]}
    else:
        answers = record["answers"]
    if not isinstance(answers, Mapping):
        return list(answers)
    pairs = zip(answers["text"], answers["answer_start"], strict=True)
    return [{"text": text, "answer_start": start} for text, start in pairs]


def from_hub(record: harness.Record) -> harness.QuestionRow:
    """A row of the hub's copies, where a question without answers is an unanswerable one."""
    answers = answers_of(record)
    return to_row({**record, "answers": answers, "is_impossible": not answers})


def answerable_from_hub(record: harness.Record) -> harness.QuestionRow:
    """A row of the hub's copies of datasets in which every question has an answer."""
    return to_answerable_row({**record, "answers": answers_of(record), "is_impossible": False})


def from_stripped(record: harness.Record) -> harness.QuestionRow:
    """As `answerable_from_hub`, of copies that stripped the contexts but kept where answers began before."""
    context = record["context"]
    answers = [
        {"text": answer["text"], "answer_start": start_in(context, answer["text"], answer["answer_start"])}
        for answer in answers_of(record)
    ]
    return to_answerable_row({**record, "answers": answers, "is_impossible": False})


def start_in(context: str, text: str, start: int) -> int:
    """Where an answer begins in a stripped context, which is where it says or a few characters before."""
    for begin in range(start, max(start - BLANKS_LOST, 0) - 1, -1):
        if context.startswith(text, begin):
            return begin
    raise harness.BadRow(f"answer {text[:40]!r} is not in its context at {start} or just before")


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
    hub=(
        harness.HubData(
            repository="rajpurkar/squad",
            configuration="plain_text",
            splits={"train": "train", "validation": "validation"},
            row=answerable_from_hub,
            columns=HUB_COLUMNS,
        ),
    ),
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
    metrics=("squad_f1", "squad_exact_match", "squad_v2_f1", "squad_v2_exact_match"),
    formats={
        "squad": harness.Format(
            reader="squad",
            row=to_row,
            files={"train": "squad/train-v2.0.json", "validation": "squad/dev-v2.0.json"},
        ),
    },
    hub=(
        harness.HubData(
            repository="rajpurkar/squad_v2",
            configuration="squad_v2",
            splits={"train": "train", "validation": "validation"},
            row=from_hub,
            columns=HUB_COLUMNS,
        ),
    ),
    description="As SQuAD 1.1, with questions that the paragraph does not answer (SQuAD 2.0).",
    licence="CC BY-SA 4.0",
    citation="Rajpurkar et al. 2018",
    homepage="https://rajpurkar.github.io/SQuAD-explorer/",
)
