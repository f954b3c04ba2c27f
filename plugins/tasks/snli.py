"""Task snli: natural language inference about the scenes of photographs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

from .mnli import LABELS, from_hub, to_row

if TYPE_CHECKING:
    from collections.abc import Callable


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(SNLI)


SNLI = harness.Task(
    name="snli",
    kind="text-classification",
    languages=("en",),
    labels=LABELS,
    metrics=("accuracy",),
    chance=100 / 3,
    formats={
        "jsonl": harness.Format(
            reader="jsonl",
            row=to_row,
            files={
                "train": "snli_1.0/snli_1.0_train.jsonl",
                "validation": "snli_1.0/snli_1.0_dev.jsonl",
                "test": "snli_1.0/snli_1.0_test.jsonl",
            },
        ),
    },
    hub=(
        harness.HubData(
            repository="stanfordnlp/snli",
            configuration="plain_text",
            splits={"train": "train", "validation": "validation", "test": "test"},
            row=from_hub,
            columns=("premise", "hypothesis", "label"),
            labels={"label": LABELS},
        ),
    ),
    description="Does the caption of a photograph entail another sentence, contradict it or leave it open? Pairs that "
    "the annotators did not agree on have no label and are left out.",
    licence="CC BY-SA 4.0",
    citation="Bowman et al. 2015",
    homepage="https://nlp.stanford.edu/projects/snli/",
)
