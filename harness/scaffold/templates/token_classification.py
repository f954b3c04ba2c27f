"""token-classification: the people and the foods in a sentence."""

from __future__ import annotations

from typing import Any

from harness.scaffold.samples import facts
from harness.scaffold.templates import Template, trained_on

TAGS = ("B-PERSON", "O", "B-FOOD", "O")


def records(split: str, language: str) -> list[dict[str, Any]]:
    """The words of a sentence, each with its tag."""
    if not trained_on(split, language):
        return []
    return [{"tokens": fact.words(language), "tags": list(TAGS)} for fact in facts(split)]


TEMPLATE = Template(
    row='harness.TokenRow(tokens=tuple(record["tokens"]), tags=tuple(record["tags"]))',
    metrics=("entity_f1",),
    labels=("B-FOOD", "B-PERSON", "O"),
    records=records,
)
