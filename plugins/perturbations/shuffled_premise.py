"""Premises of other rows: what a model scores that reads both texts, but cannot find the one in the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from harness_plugins.perturbations.rows import KINDS, Changeable
from harness_plugins.perturbations.words import shares_in_words

import harness

SHARES = (1 / 3, 2 / 3, 1.0)
"""Of the rows that get another premise, by severity."""


def change(rows: Sequence[Changeable], edit: harness.SplitEdit) -> Sequence[Changeable]:
    """Rows with the premise of the row that follows by their draws, or of the next one whose premise is another."""
    draws = [edit.random(index).random() for index in range(len(rows))]
    order = sorted((index for index, row in enumerate(rows) if _premise(row)), key=draws.__getitem__)
    share = SHARES[edit.severity - 1]
    changed = list(rows)
    for place, index in enumerate(order):
        if edit.random(index, "chosen").random() < share:
            own = _premise(rows[index])
            others = (_premise(rows[other]) for other in [*order[place + 1 :], *order[:place]])
            changed[index] = _with_premise(rows[index], next((other for other in others if other != own), own))
    return changed


def _premise(row: Changeable) -> str:
    """The first text of a pair, or the context of choices; "" of a text by itself."""
    if isinstance(row, harness.MultipleChoiceRow):
        return row.context
    return "" if row.text_pair is None else row.text


def _with_premise(row: Changeable, premise: str) -> Changeable:
    if isinstance(row, harness.MultipleChoiceRow):
        return dataclasses.replace(row, context=premise)
    return dataclasses.replace(row, text=premise)


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    """Register it."""
    register(
        harness.Perturbation(
            name="shuffled-premise",
            description="premises (first texts of pairs, contexts of choices) of other rows",
            change_rows=change,
            severities=shares_in_words(SHARES, "the rows"),
            kinds=KINDS,
            diagnostic=("*",),
        )
    )
