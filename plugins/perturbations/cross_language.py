"""A premise in one language, a hypothesis in another: of the same item, where data are parallel."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from harness_plugins.perturbations.words import shares_in_words

import harness

SHARES = (1 / 3, 2 / 3, 1.0)
"""Of the rows, by severity."""

Paired: TypeAlias = harness.ClassificationRow | harness.MultipleChoiceRow | harness.QuestionRow


@dataclass(frozen=True, kw_only=True)
class CrossLanguageSettings(harness.PerturbationSettings):
    """Which language comes in."""

    language: str = harness.perturbation_setting(
        "whose hypotheses (second texts, choices, questions) are put in; rows in it stay as they are", default="en"
    )


def change(rows: Sequence[Paired], edit: harness.SplitEdit) -> Sequence[Paired]:
    """Rows with what is asked or claimed in the other language; those that it lacks stay as they are."""
    if edit.settings.language == edit.language:
        return rows
    others = edit.parallel(edit.settings.language)
    share = SHARES[edit.severity - 1]
    return [
        row if other is None or edit.random(index).random() >= share else _crossed(row, other)
        for index, (row, other) in enumerate(zip(rows, others, strict=True))
    ]


def _crossed(row: Paired, other: Paired) -> Paired:
    """The row with the other's second text, choices or question, as far as both have the same gold label."""
    if isinstance(row, harness.QuestionRow):
        assert isinstance(other, harness.QuestionRow)
        return dataclasses.replace(row, question=other.question)
    assert not isinstance(other, harness.QuestionRow)
    if row.label != other.label:
        return row
    if isinstance(row, harness.ClassificationRow):
        assert isinstance(other, harness.ClassificationRow)
        return dataclasses.replace(row, text_pair=row.text_pair and other.text_pair)
    assert isinstance(other, harness.MultipleChoiceRow)
    return dataclasses.replace(row, choices=other.choices)


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    """Register it."""
    register(
        harness.Perturbation(
            name="cross-language",
            description="the second text, the choices or the question in another language, of the same item",
            change_rows=change,
            severities=shares_in_words(SHARES, "the rows"),
            kinds=("text-classification", "multiple-choice", "question-answering"),
            settings=CrossLanguageSettings,
        )
    )
