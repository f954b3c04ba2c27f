"""Marks of scores, in one table: name, sign, meaning, which scores have it, and whether exporters refuse those."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ENGLISH = "en"

MOST_UNKNOWN = 10.0
"""Percent of tokens above which a model cannot read a language."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something to know about a score.

    Attributes:
        sign: one letter, for tables.
        meaning: beside a table of scores and their baselines.
        of_systems: beside a leaderboard's table, where that is another.
        of_model: in the card of one model, where that is another.
        refused: whether a leaderboard refuses such scores unless `--allow` names the mark.
        applies: whether a row of scores has it; None where only a comparison of several can tell.
    """

    name: str
    sign: str
    meaning: str
    of_systems: str = ""
    of_model: str = ""
    refused: bool = False
    applies: Callable[[Mapping[str, Any]], bool] | None = None

    @property
    def beside_systems(self) -> str:
        """What it means beside a leaderboard's table."""
        return self.of_systems or self.meaning

    @property
    def in_card(self) -> str:
        """What it means in the card of one model."""
        return self.of_model or self.beside_systems


def _selected_elsewhere(row: Mapping[str, Any]) -> bool:
    selected: str = row.get("selected_on", "[]")
    return selected != "[]" and any(entry["language"] != ENGLISH for entry in json.loads(selected))


def _shares_items(row: Mapping[str, Any]) -> bool:
    return any(one["ids"] or one["items"] or one["texts"] for one in json.loads(row["overlap"]))


def _same_rows(row: Mapping[str, Any]) -> bool:
    return any(one["same_rows"] for one in json.loads(row["overlap"]))


MARKS: Mapping[str, Mark] = {
    mark.name: mark
    for mark in (
        Mark(
            name="stand-in",
            sign="s",
            meaning="stand-in rows: not the dataset's official split, not to be reported as its score",
            of_systems="scored or trained on rows that are not the dataset's official split",
            refused=True,
            applies=lambda row: bool(row["stand_in"]),
        ),
        Mark(
            name="limited",
            sign="l",
            meaning="limited: only the first rows of each split",
            refused=True,
            applies=lambda row: bool(row["limited"]),
        ),
        Mark(
            name="overlap",
            sign="o",
            meaning="test rows share ids or texts with rows trained or selected on; see below",
            of_systems="test rows share ids or texts with rows trained or selected on; the run's records say which",
            applies=_shares_items,
        ),
        Mark(
            name="same rows",
            sign="r",
            meaning="an intermediate task was trained on the target's own training rows; see below",
            of_systems="an intermediate task was trained on the target's own training rows",
            applies=_same_rows,
        ),
        Mark(
            name="skipped",
            sign="k",
            meaning="some rows could not be read and are not counted in n",
            applies=lambda row: bool(row["n_skipped"]),
        ),
        Mark(
            name="truncated",
            sign="t",
            meaning="some texts were longer than max_length, or questions than max_query_length, and were cut off",
            applies=lambda row: bool(row["truncated"]),
        ),
        Mark(
            name="unknown",
            sign="u",
            meaning="out of vocabulary: the model does not know more than a tenth of the tokens in this language",
            # Scores of earlier versions do not say.
            applies=lambda row: (row.get("unknown") or 0.0) > MOST_UNKNOWN,
        ),
        Mark(
            name="selected",
            sign="z",
            meaning="not zero-shot: the checkpoint or the baseline's was selected on rows in other languages",
            applies=_selected_elsewhere,
        ),
        Mark(
            name="constant",
            sign="c",
            meaning="score or baseline gave every item the same prediction: nothing was learned, or all was forgotten",
            of_systems="some model gave every item of a language the same prediction",
            of_model="every item got the same prediction",
            applies=lambda row: bool(row["constant"]),
        ),
        Mark(
            name="intermediate head",
            sign="h",
            meaning="scored with the head of the intermediate phase; the baseline trained one of its own",
            applies=lambda row: row["role"] == "intermediate",
        ),
        Mark(
            name="failed",
            sign="f",
            meaning="failed; the reason is below and in failures.txt",
            of_systems="some scores could not be had",
            of_model="there is no score; the reason is below",
            refused=True,
            applies=lambda row: row["status"] == "failed",
        ),
        Mark(
            name="differs",
            sign="d",
            meaning="the rows differ from the benchmark's; the document says how",
            of_model="the rows differ from the benchmark's, as said below",
        ),
        Mark(
            name="mixed",
            sign="m",
            meaning="scores that should be alike are of other versions, rows or training",
            refused=True,
        ),
        Mark(
            name="partial",
            sign="p",
            meaning="languages or tasks of the benchmark are missing",
            refused=True,
        ),
        Mark(
            name="validation",
            sign="v",
            meaning="scored on another split than test",
            refused=True,
        ),
    )
}
"""All marks by name, in the order in which tables explain them."""

REFUSED: Mapping[str, Mark] = {name: mark for name, mark in sorted(MARKS.items()) if mark.refused}
"""What `--allow` can take in, by name."""


def find_marks(row: Mapping[str, Any]) -> Iterator[str]:
    """Names of the marks of one row of scores."""
    for mark in MARKS.values():
        if mark.applies is not None and mark.applies(row):
            yield mark.name


def signs(marks: Iterable[str]) -> str:
    """The signs of some marks, in the order in which they are explained."""
    names = set(marks)
    return "".join(mark.sign for mark in MARKS.values() if mark.name in names)


def meanings(marks: Iterable[str]) -> Iterator[str]:
    """What some marks mean beside a table of scores and their baselines, each by its sign."""
    names = set(marks)
    for mark in MARKS.values():
        if mark.name in names:
            yield f"{mark.sign}  {mark.meaning}"
