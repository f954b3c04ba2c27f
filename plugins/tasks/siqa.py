"""Task siqa: three-way questions about what people do, want and feel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

CHOICES = ("answerA", "answerB", "answerC")
LETTERS = ("A", "B", "C")
NUMBERS = ("1", "2", "3")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(SIQA)


def lettered_row(record: harness.Record) -> harness.MultipleChoiceRow:
    """A question of version 1.4, whose right answer is A, B or C."""
    return _row(record, record["correct"], LETTERS)


def numbered_row(record: harness.Record) -> harness.MultipleChoiceRow:
    """A question whose right answer is 1, 2 or 3, which stands in another file; on the hub beside the question."""
    return _row(record, record["label"], NUMBERS)


def _row(record: harness.Record, label: str, names: tuple[str, ...]) -> harness.MultipleChoiceRow:
    if label not in names:
        raise harness.BadRow(f"label {label!r} is none of {', '.join(names)}")
    return harness.MultipleChoiceRow(
        context=record["context"],
        question=record["question"],
        choices=tuple(record[choice] for choice in CHOICES),
        label=names.index(label),
    )


SIQA = harness.Task(
    name="siqa",
    kind="multiple-choice",
    languages=("en",),
    metrics=("accuracy",),
    chance=100 / 3,
    formats={
        "v1.4": harness.Format(
            reader="jsonl",
            row=lettered_row,
            files={"train": "siqa/socialIQa_v1.4_trn.jsonl", "validation": "siqa/socialIQa_v1.4_dev.jsonl"},
        ),
        "leaderboard": harness.Format(
            reader="jsonl-and-labels",
            row=numbered_row,
            files={"train": "socialiqa-train-dev/train.jsonl", "validation": "socialiqa-train-dev/dev.jsonl"},
            options={"labels_suffix": "-labels.lst"},
        ),
    },
    hub=(
        # allenai's own repository has a script, which is not run; this is what the script makes.
        harness.HubData(
            repository="lighteval/siqa",
            splits={"train": "train", "validation": "validation"},
            row=numbered_row,
            columns=("context", "question", *CHOICES, "label"),
        ),
    ),
    selection=harness.Selection(keep="best", metric="accuracy"),
    description="Which of three answers to a question about a social situation is right? The first step of XTREME-R's "
    "training for xcopa.",
    citation="Sap et al. 2019",
    homepage="https://maartensap.github.io/social-iqa/",
)
