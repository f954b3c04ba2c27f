"""Task pawsx: paraphrase or not, in seven languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

from .values import number_as_id, second_text

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = ("0", "1")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(PAWSX)


def to_row(record: harness.Record) -> harness.ClassificationRow:
    """A pair of sentences; blank ones and "NS" (no sentence) stay, as in XTREME."""
    label = record["label"]
    if label not in LABELS:
        raise harness.BadRow(f"label {label!r} is neither 0 nor 1")
    return harness.ClassificationRow(
        id=number_as_id(record.get("id", "")),
        text=record["sentence1"],
        text_pair=second_text(record["sentence2"]),
        label=label,
    )


PAWSX = harness.Task(
    name="pawsx",
    kind="text-classification",
    languages=("en", "de", "es", "fr", "ja", "ko", "zh"),
    labels=LABELS,
    metrics=("accuracy",),
    chance=50.0,
    formats={
        "paws": harness.Format(
            reader="tsv",
            row=to_row,
            files={
                "train": "x-final/en/train.tsv",
                "validation": "x-final/{language}/dev_2k.tsv",
                "test": "x-final/{language}/test_2k.tsv",
            },
        ),
        # XTREME's scripts take the labels off the test files; rows without label are refused.
        "xtreme": harness.Format(
            reader="tsv",
            row=to_row,
            files={
                "train": "pawsx/train-en.tsv",
                "validation": "pawsx/dev-{language}.tsv",
                "test": "pawsx/test-{language}.tsv",
            },
            options={"columns": ("sentence1", "sentence2", "label")},
        ),
    },
    hub=(
        # google/xtreme's copy has lost rows to quotation marks.
        harness.HubData(
            repository="google-research-datasets/paws-x",
            configuration="{language}",
            splits={"train": "train", "validation": "validation", "test": "test"},
            row=to_row,
            columns=("id", "sentence1", "sentence2", "label"),
            labels={"label": LABELS},
        ),
    ),
    selection=harness.Selection(keep="best", metric="accuracy"),
    description="Are two sentences that share most of their words paraphrases (1) or not (0)? Labels of a few rows "
    "differ between languages.",
    licence="free for any purpose, with attribution",
    citation="Yang et al. 2019",
    homepage="https://github.com/google-research-datasets/paws/tree/master/pawsx",
)
