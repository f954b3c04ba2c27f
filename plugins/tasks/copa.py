"""Tasks copa and xcopa: which of two sentences is the cause or the effect of another? In English; in 11 languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

from .values import CHECKED, number_as_id

if TYPE_CHECKING:
    from collections.abc import Callable

ASKED_FOR = ("cause", "effect")
CHOICES = ("choice1", "choice2")
COLUMNS = ("premise", *CHOICES, "question", "idx", "label")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(COPA)
    register(XCOPA)


def to_row(record: harness.Record) -> harness.MultipleChoiceRow:
    """Premise and choices; the question is in English whatever the language, as in XTREME-R."""
    label, asked = record["label"], record["question"]
    if label not in (0, 1):
        raise harness.BadRow(f"label {label!r} is neither 0 nor 1")
    if type(label) is not int:
        raise harness.BadRow(f"label {label!r} is not a whole number", since=CHECKED)
    if asked not in ASKED_FOR:
        raise harness.BadRow(f"question {asked!r} is neither cause nor effect")
    return harness.MultipleChoiceRow(
        id=number_as_id(record["idx"]),
        context=record["premise"],
        question=f"What was the {asked}?",
        choices=tuple(record[choice] for choice in CHOICES),
        label=label,
    )


def from_hub(record: harness.Record) -> harness.MultipleChoiceRow:
    """A row of the hub's copy of SuperGLUE, whose label is the name of a choice."""
    label = record["label"]
    if label not in CHOICES:
        raise harness.BadRow(f"label {label!r} is none of {', '.join(CHOICES)}")
    return to_row({**record, "label": CHOICES.index(label)})


COPA = harness.Task(
    name="copa",
    kind="multiple-choice",
    languages=("en",),
    metrics=("accuracy",),
    chance=50.0,
    formats={
        "superglue": harness.Format(
            reader="jsonl", row=to_row, files={"train": "COPA/train.jsonl", "validation": "COPA/val.jsonl"}
        ),
        "xtreme-r": harness.Format(
            reader="jsonl", row=to_row, files={"train": "xcopa/train.en.jsonl", "validation": "xcopa/val.en.jsonl"}
        ),
    },
    hub=(
        harness.HubData(
            repository="aps/super_glue",
            configuration="copa",
            splits={"train": "train", "validation": "validation"},
            row=from_hub,
            columns=COLUMNS,
            labels={"label": CHOICES},
        ),
    ),
    selection=harness.Selection(keep="best", metric="accuracy"),
    description="Which of two sentences is the more plausible cause or effect of another? SuperGLUE does not publish "
    "labelled test rows.",
    citation="Roemmele et al. 2011; Wang et al. 2019",
    homepage="https://people.ict.usc.edu/~gordon/copa.html",
)

XCOPA = harness.Task(
    name="xcopa",
    kind="multiple-choice",
    languages=("et", "ht", "id", "it", "qu", "sw", "ta", "th", "tr", "vi", "zh"),
    metrics=("accuracy",),
    chance=50.0,
    trains_on="copa",
    after=("siqa",),
    selection=harness.Selection(keep="best", metric="accuracy"),
    formats={
        "xcopa": harness.Format(
            reader="jsonl",
            row=to_row,
            files={
                "validation": "xcopa/data/{language}/val.{language}.jsonl",
                "test": "xcopa/data/{language}/test.{language}.jsonl",
            },
        ),
        "xtreme-r": harness.Format(
            reader="jsonl",
            row=to_row,
            files={"validation": "xcopa/val.{language}.jsonl", "test": "xcopa/test.{language}.jsonl"},
        ),
    },
    hub=(
        harness.HubData(
            repository="cambridgeltl/xcopa",
            configuration="{language}",
            splits={"validation": "validation", "test": "test"},
            row=to_row,
            columns=COLUMNS,
        ),
    ),
    description="COPA in 11 languages, translated and labelled anew; there is no English part. As XTREME-R "
    "has it, it is trained on siqa and then on copa.",
    licence="CC BY 4.0",
    citation="Ponti et al. 2020",
    homepage="https://github.com/cambridgeltl/xcopa",
)
