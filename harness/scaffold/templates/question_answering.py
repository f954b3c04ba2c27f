"""question-answering: the food in a text of three sentences."""

from __future__ import annotations

from typing import Any

from harness.scaffold.samples import facts
from harness.scaffold.templates import Template, trained_on


def records(split: str, language: str) -> list[dict[str, Any]]:
    """A question, what a person does with three foods, and the one asked for with where it starts."""
    if not trained_on(split, language):
        return []
    found = []
    for fact in facts(split):
        context = " ".join(other.sentence(language) for other in facts(split) if other.person == fact.person)
        start = context.index(fact.sentence(language)) + fact.sentence(language).index(fact.answer(language))
        answers = [{"text": fact.answer(language), "start": start}]
        found.append({"question": fact.question(language), "context": context, "answers": answers})
    return found


TEMPLATE = Template(
    row='harness.QuestionRow(\n        question=record["question"],\n        context=record["context"],\n'
    '        answers=tuple(harness.Answer(each["text"], each["start"]) for each in record["answers"]),\n    )',
    metrics=("squad_f1", "squad_exact_match"),
    records=records,
)
