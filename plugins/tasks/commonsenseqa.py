"""Task commonsenseqa: five-way questions written from ConceptNet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(COMMONSENSEQA)


def to_row(record: harness.Record) -> harness.MultipleChoiceRow:
    question = record["question"]
    letters = [choice["label"] for choice in question["choices"]]
    answer = record["answerKey"]
    if answer not in letters:
        raise harness.BadRow(f"answerKey {answer!r} is none of {', '.join(letters)}")
    return harness.MultipleChoiceRow(
        id=record["id"],
        context=question["stem"],
        choices=tuple(choice["text"] for choice in question["choices"]),
        label=letters.index(answer),
    )


def from_hub(record: harness.Record) -> harness.MultipleChoiceRow:
    """A row of the hub's copy, where choices are a list of letters beside a list of texts."""
    letters, texts = record["choices"]["label"], record["choices"]["text"]
    choices = [{"label": letter, "text": text} for letter, text in zip(letters, texts, strict=True)]
    question = {"stem": record["question"], "choices": choices}
    return to_row({"id": record["id"], "question": question, "answerKey": record["answerKey"]})


COMMONSENSEQA = harness.Task(
    name="commonsenseqa",
    kind="multiple-choice",
    languages=("en",),
    metrics=("accuracy",),
    chance=20.0,
    formats={
        "jsonl": harness.Format(
            reader="jsonl",
            row=to_row,
            files={
                "train": "commonsenseqa/train_rand_split.jsonl",
                "validation": "commonsenseqa/dev_rand_split.jsonl",
            },
        ),
    },
    hub=(
        harness.HubData(
            repository="tau/commonsense_qa",
            splits={"train": "train", "validation": "validation"},
            row=from_hub,
            columns=("id", "question", "choices", "answerKey"),
        ),
    ),
    description="Which of five concepts answers a question that needs everyday knowledge (version 1.11, random split)? "
    "Labelled test rows are not published.",
    licence="MIT",
    citation="Talmor et al. 2019",
    homepage="https://www.tau-nlp.org/commonsenseqa",
)
