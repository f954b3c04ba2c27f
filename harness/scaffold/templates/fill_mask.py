"""fill-mask: plain text to be mixed into intermediate training."""

from __future__ import annotations

from typing import Any

from harness.scaffold.samples import facts
from harness.scaffold.templates import Template


def records(split: str, language: str) -> list[dict[str, Any]]:
    """A sentence."""
    return [{"text": fact.sentence(language)} for fact in facts(split)] if split != "test" else []


TEMPLATE = Template(
    row='harness.TextRow(text=record["text"])',
    metrics=("masked_accuracy",),
    records=records,
    # A model without a head for masked words has to learn one first.
    trained="--intermediate NAME --target NAME --no-baseline",
)
