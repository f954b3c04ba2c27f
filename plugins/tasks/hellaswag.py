"""Task hellaswag: choose the ending of a description of an everyday activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

from .values import number_as_id

if TYPE_CHECKING:
    from collections.abc import Callable

INDICES = ("0", "1", "2", "3")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(HELLASWAG)


def to_row(record: harness.Record) -> harness.MultipleChoiceRow:
    # The label is a number in the published files and a string in copies of them; test rows have none or "".
    label = str(record["label"])
    if label not in INDICES:
        raise harness.BadRow(f"label {label!r} is none of {', '.join(INDICES)}")
    endings = record["endings"]
    if not isinstance(endings, list):
        raise harness.BadRow(f"endings are no list but {endings!r}")
    return harness.MultipleChoiceRow(
        id=number_as_id(record.get("ind", "")), context=record["ctx"], choices=tuple(endings), label=int(label)
    )


HELLASWAG = harness.Task(
    name="hellaswag",
    kind="multiple-choice",
    languages=("en",),
    metrics=("accuracy",),
    chance=25.0,
    formats={
        "jsonl": harness.Format(
            reader="jsonl",
            row=to_row,
            files={"train": "hellaswag/hellaswag_train.jsonl", "validation": "hellaswag/hellaswag_val.jsonl"},
        ),
    },
    hub=(
        harness.HubData(
            repository="Rowan/hellaswag",
            splits={"train": "train", "validation": "validation"},
            row=to_row,
            columns=("ind", "ctx", "endings", "label"),
        ),
    ),
    description="Which of four endings follows from a caption or a how-to step? Labelled test rows are not published.",
    licence="MIT",
    citation="Zellers et al. 2019",
    homepage="https://rowanzellers.com/hellaswag/",
)
