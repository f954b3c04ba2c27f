"""Task cosmosqa: multiple-choice questions about what blog posts leave unsaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

INDICES = ("0", "1", "2", "3")
CHOICES = ("answer0", "answer1", "answer2", "answer3")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(COSMOSQA)


def to_row(record: harness.Record) -> harness.MultipleChoiceRow:
    # A text in the published file, a number on the hub; test rows have -1.
    label = str(record["label"])
    if label not in INDICES:
        raise harness.BadRow(f"label {label!r} is none of {', '.join(INDICES)}")
    return harness.MultipleChoiceRow(
        id=record["id"],
        context=record["context"],
        question=record["question"],
        choices=tuple(record[choice] for choice in CHOICES),
        label=int(label),
    )


COSMOSQA = harness.Task(
    name="cosmosqa",
    kind="multiple-choice",
    languages=("en",),
    metrics=("accuracy",),
    chance=25.0,
    formats={
        "csv": harness.Format(
            reader="csv", row=to_row, files={"train": "cosmosqa/train.csv", "validation": "cosmosqa/valid.csv"}
        ),
    },
    hub=(
        # allenai's own repository has a script, which is not run; this is what the script makes.
        harness.HubData(
            repository="Samsoup/cosmos_qa",
            splits={"train": "train", "validation": "validation"},
            row=to_row,
            columns=("id", "context", "question", *CHOICES, "label"),
        ),
    ),
    description="Which of four answers to a question about causes, effects and motives in a blog post is right? "
    "Labelled test rows are not published.",
    licence="CC BY 4.0",
    citation="Huang et al. 2019",
    homepage="https://wilburone.github.io/cosmos/",
)
