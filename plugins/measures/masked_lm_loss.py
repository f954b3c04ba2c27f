"""Masked-LM loss: how well a model still guesses words of a language after its phases (Devlin et al. 2019)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import harness

SAMPLE = 1_000
"""Texts at most, drawn once where there are more."""

KINDS = ("text-classification", "multiple-choice", "token-classification", "question-answering", "fill-mask")
"""Kinds whose texts are in the language of their rows; those that search a bitext have two languages."""


def of(checkpoint: harness.Checkpoint, rows: harness.Rows) -> Mapping[str, harness.Stage]:
    """The loss on the texts of the rows."""
    return {"loss": harness.MaskedLoss(checkpoint=checkpoint, rows=rows, sample=SAMPLE)}


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """The mean over masked tokens."""
    total, targets = harness.read_loss(results["loss"])
    return harness.Measured(total / targets, targets)


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="masked-lm-loss",
            unit="nats",
            description="Mean loss of the starting model's own masked-LM head on masked tokens of the rows' texts, on "
            "the checkpoint's encoder: a language probe without labels, the higher the more of it is forgotten.",
            kinds=KINDS,
            of=of,
            compute=compute,
        )
    )
