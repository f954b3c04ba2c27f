"""Task anli: adversarial NLI (rounds 1 to 3), trained together with MNLI and SNLI ("ANLI+"), and variants with less."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import harness

from .mnli import LABELS, MNLI, from_hub, labelled_row
from .snli import SNLI

if TYPE_CHECKING:
    from collections.abc import Callable

LABEL_OF = {"e": "entailment", "n": "neutral", "c": "contradiction"}
ROUNDS = ("1", "2", "3")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(joined_with(MNLI, SNLI, name="anli"))
    register(ALONE)
    register(joined_with(MNLI, name="anli@anli-mnli"))
    register(joined_with(SNLI, name="anli@anli-snli"))


def to_row(record: harness.Record) -> harness.ClassificationRow:
    label = record["label"]
    if label not in LABEL_OF:
        raise harness.BadRow(f"label {label!r} is none of {', '.join(LABEL_OF)}")
    return labelled_row(record["context"], record["hypothesis"], LABEL_OF[label], record.get("uid", ""))


def joined_with(*others: harness.Task, name: str) -> harness.Task:
    """ANLI with the training rows of other tasks joined to its own."""
    formats = {
        f"{task.name}-{form_name}": replace(form, part=task.name, files={"train": form.files["train"]})
        for task in others
        for form_name, form in task.formats.items()
    }
    hub = [replace(data, splits={"train": data.splits["train"]}) for task in others for data in task.hub]
    names = " and ".join(task.name.upper() for task in others)
    return replace(
        ALONE,
        name=name,
        formats={**ALONE.formats, **formats},
        hub=(*ALONE.hub, *hub),
        description=f"{QUESTION} Trained on ANLI rounds 1 to 3 joined with {names}; validated and scored on ANLI.",
        licence="; ".join([ALONE.licence, *(f"{task.licence} ({task.name.upper()})" for task in others)]),
        citation="; ".join([ALONE.citation, *(task.citation for task in others)]),
    )


QUESTION = "Does a text entail a hypothesis, contradict it or leave it open?"

ALONE = harness.Task(
    name="anli@anli",
    kind="text-classification",
    languages=("en",),
    labels=LABELS,
    metrics=("accuracy",),
    chance=100 / 3,
    formats={
        "jsonl": harness.Format(
            reader="jsonl",
            row=to_row,
            part="anli",
            files={
                "train": tuple(f"anli_v1.0/R{number}/train.jsonl" for number in ROUNDS),
                "validation": tuple(f"anli_v1.0/R{number}/dev.jsonl" for number in ROUNDS),
                "test": tuple(f"anli_v1.0/R{number}/test.jsonl" for number in ROUNDS),
            },
        ),
    },
    hub=(
        harness.HubData(
            repository="facebook/anli",
            configuration="plain_text",
            splits={
                "train": tuple(f"train_r{number}" for number in ROUNDS),
                "validation": tuple(f"dev_r{number}" for number in ROUNDS),
                "test": tuple(f"test_r{number}" for number in ROUNDS),
            },
            row=from_hub,
            columns=("uid", "premise", "hypothesis", "label"),
            labels={"label": LABELS},
        ),
    ),
    description=f"{QUESTION} Trained and scored on ANLI rounds 1 to 3 alone.",
    licence="CC BY-NC 4.0",
    citation="Nie et al. 2020",
    homepage="https://github.com/facebookresearch/anli",
)
