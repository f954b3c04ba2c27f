"""Task bucc2018: find the sentences of two large sets that are translations of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(BUCC2018)


def to_row(record: harness.Record) -> harness.SentenceRow:
    """A sentence; most have no translation. Its id is only its key, because every set counts its sentences anew."""
    return harness.SentenceRow(text=record["text"], side=record["side"], key=record["key"], matches=record["matches"])


BUCC2018 = harness.Task(
    name="bucc2018",
    kind="bitext-mining",
    languages=("de", "fr", "ru", "zh"),
    metrics=("mining_f1",),
    formats={
        "bucc": harness.Format(
            reader="bucc",
            row=to_row,
            files={
                "validation": "bucc2018/{language}-en/{language}-en.sample.{language}",
                "test": "bucc2018/{language}-en/{language}-en.training.{language}",
            },
        ),
        # XTREME's scripts delete the gold pairs of the test files, which are not read without them.
        "xtreme": harness.Format(
            reader="bucc",
            row=to_row,
            files={
                "validation": "bucc2018/{language}-en.dev.{language}",
                "test": "bucc2018/{language}-en.test.{language}",
            },
        ),
    },
    description="Find the pairs of translations among foreign and English sentences, most of which have none. As in "
    "XTREME, BUCC's sample set is the development and its training set the test split; no training data.",
    citation="Zweigenbaum et al. 2018",
    homepage="https://comparable.limsi.fr/bucc2018/bucc2018-task.html",
)
