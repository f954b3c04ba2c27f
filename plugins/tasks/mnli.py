"""Tasks mnli and mnli@translated: multi-genre NLI, in English and machine-translated into XNLI's other languages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import harness

from .values import second_text

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = ("entailment", "neutral", "contradiction")
TRANSLATED = ("ar", "bg", "de", "el", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh")
CONSTRUCTED = ("qaa", "qab", "qac", "qad", "qae")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(MNLI)
    register(MNLI_TRANSLATED)


def labelled_row(
    text: str, text_pair: str | None, label: str | None, identifier: str = ""
) -> harness.ClassificationRow:
    """A premise and a hypothesis; bad where the annotators did not agree on a label, or where it is hidden."""
    if label not in LABELS:
        raise harness.BadRow(f"label {label!r} is none of {', '.join(LABELS)}")
    return harness.ClassificationRow(id=identifier, text=text, text_pair=second_text(text_pair), label=label)


def to_row(record: harness.Record) -> harness.ClassificationRow:
    """A row of the files of MNLI, SNLI and XNLI, which have the same columns."""
    return labelled_row(record["sentence1"], record["sentence2"], record["gold_label"], record.get("pairID", ""))


def from_hub(record: harness.Record) -> harness.ClassificationRow:
    """A row of the hub's copies of MNLI, ANLI, SNLI and XNLI, which call columns the same; the first two have ids."""
    identifier = record.get("pairID") or record.get("uid") or ""
    return labelled_row(record["premise"], record["hypothesis"], record["label"], identifier)


def from_translation(record: harness.Record) -> harness.ClassificationRow:
    """A row of XNLI-MT, which calls a contradiction "contradictory"."""
    label = "contradiction" if record["label"] == "contradictory" else record["label"]
    return labelled_row(record["premise"], record["hypo"], label)


MNLI = harness.Task(
    name="mnli",
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
                "train": "multinli_1.0/multinli_1.0_train.jsonl",
                "validation": "multinli_1.0/multinli_1.0_dev_matched.jsonl",
            },
        ),
        "glue": harness.Format(
            reader="tsv", row=to_row, files={"train": "MNLI/train.tsv", "validation": "MNLI/dev_matched.tsv"}
        ),
    },
    hub=(
        harness.HubData(
            repository="nyu-mll/multi_nli",
            splits={"train": "train", "validation": "validation_matched"},
            row=from_hub,
            columns=("pairID", "premise", "hypothesis", "label"),
            labels={"label": LABELS},
        ),
    ),
    description="Does a premise of one of ten genres entail a hypothesis, contradict it or leave it open? "
    "Validation is the matched development set; labelled test rows are not published.",
    licence="OANC and Creative Commons, by genre",
    citation="Williams et al. 2018",
    homepage="https://cims.nyu.edu/~sbowman/multinli/",
)

# The published training rows of XNLI are these, so they are read as intermediate data only; English is mnli's own.
MNLI_TRANSLATED = replace(
    MNLI,
    name="mnli@translated",
    languages=("en", *TRANSLATED, *CONSTRUCTED),
    train_languages=(*TRANSLATED, *CONSTRUCTED),
    formats={
        "xnli-mt": harness.Format(
            reader="tsv",
            row=from_translation,
            files={"train": "XNLI-MT-1.0/multinli/multinli.train.{language}.tsv"},
        ),
        **{name: replace(form, files={"validation": form.files["validation"]}) for name, form in MNLI.formats.items()},
    },
    hub=(
        harness.HubData(
            repository="facebook/xnli",
            configuration="{language}",
            languages={code: code for code in TRANSLATED},
            splits={"train": "train"},
            row=from_hub,
            columns=("premise", "hypothesis", "label"),
            labels={"label": LABELS},
        ),
        replace(MNLI.hub[0], splits={"validation": MNLI.hub[0].splits["validation"]}),
    ),
    description="MNLI's training rows, machine-translated into the 14 other languages of XNLI (on mini, into its "
    "constructed ones), as intermediate data; mix them with mnli to have English, too. Validation is MNLI's, in "
    "English.",
    licence="CC BY-NC 4.0",
    citation="Conneau et al. 2018; Williams et al. 2018",
    homepage="https://github.com/facebookresearch/XNLI",
)
