"""The loss of a trained head on development rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import harness

KINDS = ("text-classification", "multiple-choice", "token-classification", "question-answering", "fill-mask")
"""Kinds in which a row's loss is its own; in text-retrieval it depends on the rows beside it."""


def of(checkpoint: harness.Checkpoint, rows: harness.Rows) -> Mapping[str, harness.Stage]:
    """The loss of the rows."""
    return {"loss": harness.Loss(checkpoint, rows)}


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """The mean over targets: rows, or labelled tokens.

    Raises:
        DataError: there are none.
    """
    total, targets = harness.read_loss(results["loss"])
    if not targets:
        raise harness.DataError("there are no labelled rows or tokens (n = 0)", code="measure-undefined")
    return harness.Measured(total / targets, targets)


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="loss",
            unit="nats",
            description="Mean loss on development rows in each language, the lower the better.",
            kinds=KINDS,
            split="validation",
            of=of,
            compute=compute,
        )
    )
