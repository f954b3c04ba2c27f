"""multiple-choice: which food is spoken of."""

from __future__ import annotations

from typing import Any

from harness.scaffold.samples import FOODS, facts
from harness.scaffold.templates import Template, trained_on


def records(split: str, language: str) -> list[dict[str, Any]]:
    """A sentence, a question and three choices."""
    if not trained_on(split, language):
        return []
    found = []
    for fact in facts(split):
        label = fact.number % 3
        choices = [FOODS[language][(fact.food + offset - label) % 12] for offset in range(3)]
        sentence, question = fact.sentence(language), fact.question(language)
        found.append({"context": sentence, "question": question, "choices": choices, "label": label})
    return found


TEMPLATE = Template(
    row='harness.MultipleChoiceRow(\n        context=record["context"],\n        question=record["question"],\n'
    '        choices=tuple(record["choices"]),\n        label=record["label"],\n    )',
    metrics=("accuracy",),
    records=records,
)
