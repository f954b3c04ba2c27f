"""Premises hidden behind dots, so that what is left to go by is the hypothesis: what a model scores without reading."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from random import Random

from harness_plugins.perturbations.rows import KINDS, Changeable
from harness_plugins.perturbations.words import draw_number, join_words, shares_in_words, split_words

import harness

SHARES = (1 / 3, 2 / 3, 1.0)
"""Of a premise's words that are hidden, by severity."""

PLACEHOLDER = "..."
"""What stands for what is hidden: read as left out in every script, and known to every tokenizer."""


def change(rows: Sequence[Changeable], edit: harness.SplitEdit) -> Sequence[Changeable]:
    """Rows with their premise hidden; a text by itself, which has none, stays."""
    return [_hidden(row, edit, edit.random(index)) for index, row in enumerate(rows)]


def _hidden(row: Changeable, edit: harness.SplitEdit, random: Random) -> Changeable:
    if isinstance(row, harness.MultipleChoiceRow):
        return dataclasses.replace(row, context=_dotted(row.context, edit, random))
    if row.text_pair is None:
        return row
    return dataclasses.replace(row, text=_dotted(row.text, edit, random))


def _dotted(text: str, edit: harness.SplitEdit, random: Random) -> str:
    """The text with dots for words that are hidden, once for several that follow each other."""
    share = SHARES[edit.severity - 1]
    if share == 1 or not text.strip():
        return PLACEHOLDER if text.strip() else text
    words, gaps = split_words(text, edit.language)
    hidden = set(random.sample(range(len(words)), draw_number(share, len(words), random)))
    kept, between = list[str](), list[str]()
    for place, word in enumerate(words):
        if place in hidden and place - 1 in hidden:
            continue
        between.append(gaps[place])
        kept.append(PLACEHOLDER if place in hidden else word)
    dotted: str = join_words(kept, [*between, gaps[-1]])
    return dotted.replace(f"{PLACEHOLDER}.", PLACEHOLDER)


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    """Register it."""
    register(
        harness.Perturbation(
            name="hypothesis-only",
            description="premises (first texts of pairs, contexts of choices) hidden behind dots",
            change_rows=change,
            severities=shares_in_words(SHARES, "the words of a premise"),
            kinds=KINDS,
            diagnostic=("*",),
        )
    )
