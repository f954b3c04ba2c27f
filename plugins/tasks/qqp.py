"""Task qqp: Quora Question Pairs in GLUE's split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

from .values import second_text

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = {"0": "not_duplicate", "1": "duplicate"}


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(QQP)


def to_row(record: harness.Record) -> harness.ClassificationRow:
    label = record["is_duplicate"]
    if label not in LABELS:
        raise harness.BadRow(f"is_duplicate {label!r} is neither 0 nor 1")
    return harness.ClassificationRow(
        id=record["id"],
        text=record["question1"],
        text_pair=second_text(record["question2"]),
        label=LABELS[label],
    )


def from_hub(record: harness.Record) -> harness.ClassificationRow:
    """A row of the hub's copy, whose label is a name. Its `idx` counts rows and is not the id that Quora gave."""
    label = record["label"]
    if label not in LABELS.values():
        raise harness.BadRow(f"label {label!r} is none of {', '.join(LABELS.values())}")
    return harness.ClassificationRow(text=record["question1"], text_pair=second_text(record["question2"]), label=label)


QQP = harness.Task(
    name="qqp",
    kind="text-classification",
    languages=("en",),
    labels=tuple(LABELS.values()),
    metrics=("accuracy", "duplicate_f1"),
    chance=50.0,
    formats={
        "glue": harness.Format(reader="tsv", row=to_row, files={"train": "QQP/train.tsv", "validation": "QQP/dev.tsv"}),
    },
    hub=(
        harness.HubData(
            repository="nyu-mll/glue",
            configuration="qqp",
            splits={"train": "train", "validation": "validation"},
            row=from_hub,
            columns=("question1", "question2", "label"),
            labels={"label": tuple(LABELS.values())},
        ),
    ),
    description="Do two questions ask the same? Labelled test rows are not published.",
    licence="Quora's terms of service",
    citation="Iyer et al. 2017; Wang et al. 2019 (GLUE)",
    homepage="https://gluebenchmark.com/tasks",
)
