"""Task xnli: natural language inference in 15 languages, trained on MNLI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

from .mnli import LABELS, from_hub, to_row

if TYPE_CHECKING:
    from collections.abc import Callable


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(XNLI)


def language_of(record: harness.Record) -> str:
    language: str = record["language"]
    return language


XNLI = harness.Task(
    name="xnli",
    kind="text-classification",
    languages=("en", "ar", "bg", "de", "el", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh"),
    labels=LABELS,
    metrics=("accuracy",),
    chance=100 / 3,
    formats={
        # One file holds all languages.
        "xnli": harness.Format(
            reader="tsv",
            row=to_row,
            files={"validation": "XNLI-1.0/xnli.dev.tsv", "test": "XNLI-1.0/xnli.test.tsv"},
            language_of=language_of,
        ),
        # XTREME's scripts take the labels off the test files; rows without label are refused.
        "xtreme": harness.Format(
            reader="tsv",
            row=to_row,
            files={"validation": "xnli/dev-{language}.tsv", "test": "xnli/test-{language}.tsv"},
            options={"columns": ("sentence1", "sentence2", "gold_label")},
        ),
    },
    hub=(
        harness.HubData(
            repository="facebook/xnli",
            configuration="{language}",
            splits={"validation": "validation", "test": "test"},
            row=from_hub,
            columns=("premise", "hypothesis", "label"),
            labels={"label": LABELS},
        ),
    ),
    selection=harness.Selection(keep="best", metric="accuracy"),
    trains_on="mnli",
    description="Does a premise entail a hypothesis, contradict it or leave it open? The rows are the same in every "
    "language, with the same labels.",
    licence="CC BY-NC 4.0",
    citation="Conneau et al. 2018",
    homepage="https://github.com/facebookresearch/XNLI",
)
