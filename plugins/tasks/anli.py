"""Task anli: adversarial NLI (rounds 1 to 3), trained together with MNLI and SNLI ("ANLI+")."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = ("entailment", "neutral", "contradiction")
ANLI_LABELS = {"e": "entailment", "n": "neutral", "c": "contradiction"}
ROUNDS = ("R1", "R2", "R3")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(ANLI)


def to_row(record: harness.Record) -> harness.ClassificationRow:
    """A record of ANLI's own files (context, hypothesis, e/n/c), or of MNLI's and SNLI's (sentence1, sentence2)."""
    if "context" in record:
        text, text_pair, label = record["context"], record["hypothesis"], ANLI_LABELS.get(record["label"])
        given, identifier = record["label"], record.get("uid", "")
    else:
        text, text_pair, label = record["sentence1"], record["sentence2"], record["gold_label"]
        given, identifier = label, record.get("pairID", "")
    # SNLI and MNLI write "-" where the annotators did not agree on a label.
    if label not in LABELS:
        raise harness.BadRow(f"label {given!r} is none of {', '.join((*ANLI_LABELS, *LABELS))}")
    return harness.ClassificationRow(id=identifier, text=text, text_pair=text_pair, label=label)


ANLI = harness.Task(
    name="anli",
    kind="text-classification",
    languages=("en",),
    labels=LABELS,
    metrics=("accuracy",),
    formats={
        "jsonl": harness.Format(
            reader="jsonl",
            row=to_row,
            files={
                "train": (
                    *(f"anli_v1.0/{name}/train.jsonl" for name in ROUNDS),
                    "multinli_1.0/multinli_1.0_train.jsonl",
                    "snli_1.0/snli_1.0_train.jsonl",
                ),
                "validation": tuple(f"anli_v1.0/{name}/dev.jsonl" for name in ROUNDS),
                "test": tuple(f"anli_v1.0/{name}/test.jsonl" for name in ROUNDS),
            },
        ),
    },
    description="Does a text entail a hypothesis, contradict it or leave it open? Trained on ANLI rounds 1 to 3, MNLI "
    "and SNLI; scored on ANLI.",
    licence="CC BY-NC 4.0 (ANLI), CC BY-SA 4.0 (SNLI), OANC and Creative Commons (MNLI)",
    citation="Nie et al. 2020; Williams et al. 2018; Bowman et al. 2015",
    homepage="https://github.com/facebookresearch/anli",
)
