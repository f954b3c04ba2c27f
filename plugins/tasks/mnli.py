"""Task mnli: multi-genre NLI, in its own distribution and in GLUE's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = ("entailment", "neutral", "contradiction")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(MNLI)


def to_row(record: harness.Record) -> harness.ClassificationRow:
    label = record["gold_label"]
    if label not in LABELS:
        raise harness.BadRow(f"label {label!r} is none of {', '.join(LABELS)}")
    return harness.ClassificationRow(
        id=record.get("pairID", ""), text=record["sentence1"], text_pair=record["sentence2"], label=label
    )


MNLI = harness.Task(
    name="mnli",
    kind="text-classification",
    languages=("en",),
    labels=LABELS,
    metrics=("accuracy",),
    formats={
        "jsonl": harness.Format(
            reader="jsonl",
            row=to_row,
            files={
                "train": "multinli_1.0/multinli_1.0_train.jsonl",
                "validation": "multinli_1.0/multinli_1.0_dev_matched.jsonl",
            },
        ),
        "glue": harness.Format(
            reader="tsv", row=to_row, files={"train": "MNLI/train.tsv", "validation": "MNLI/dev_matched.tsv"}
        ),
    },
    description="Does a premise of one of ten genres entail a hypothesis, contradict it or leave it open? "
    "Validation is the matched development set; labelled test rows are not published.",
    licence="OANC and Creative Commons, by genre",
    citation="Williams et al. 2018",
    homepage="https://cims.nyu.edu/~sbowman/multinli/",
)
