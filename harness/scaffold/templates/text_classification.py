"""text-classification: which of three things a sentence tells."""

from __future__ import annotations

from typing import Any

from harness.scaffold.samples import ACTIONS, facts
from harness.scaffold.templates import Template, trained_on


def records(split: str, language: str) -> list[dict[str, Any]]:
    """A sentence and its label."""
    if not trained_on(split, language):
        return []
    return [{"text": fact.sentence(language), "label": ACTIONS[fact.action]} for fact in facts(split)]


TEMPLATE = Template(
    row='harness.ClassificationRow(text=record["text"], label=record["label"])',
    metrics=("accuracy",),
    labels=ACTIONS,
    records=records,
)
