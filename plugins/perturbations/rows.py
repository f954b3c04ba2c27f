"""Rows of which all texts are changed together: pairs of texts, and choices with their context."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TypeAlias

import harness

Changeable: TypeAlias = harness.ClassificationRow | harness.MultipleChoiceRow

KINDS = ("text-classification", "multiple-choice")
"""Not question-answering, whose answers must stay as they are."""


def texts_of(row: Changeable) -> tuple[str, ...]:
    """All texts of a row."""
    if isinstance(row, harness.ClassificationRow):
        return (row.text,) if row.text_pair is None else (row.text, row.text_pair)
    return (row.context, row.question, *row.choices)


def edit_texts(row: Changeable, edit: Callable[[str], str]) -> Changeable:
    """The row with each of its texts changed; choices stay where two would become the same."""
    if isinstance(row, harness.ClassificationRow):
        pair = None if row.text_pair is None else edit(row.text_pair)
        return dataclasses.replace(row, text=edit(row.text), text_pair=pair)
    choices = tuple(map(edit, row.choices))
    kept = choices if len(set(choices)) == len(set(row.choices)) else row.choices
    return dataclasses.replace(row, context=edit(row.context), question=edit(row.question), choices=kept)
