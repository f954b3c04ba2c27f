"""Scores of runs as one table: filtered, paired by item, as a DataFrame, as an array over coordinates."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import SettingsError
from harness.results.columns import columns, flat_rows
from harness.results.records import Records, read_records
from harness.results.schema import COORDINATES, PERTURBATION, SEED

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from harness.item_scores import ItemScores
    from harness.statistics.intervals import Interval

Row = Mapping[str, Any]
"""One score: the columns of `harness.results.columns`, and whatever coordinates a study brings."""

Side = Mapping[str, Any] | Callable[[Row], bool]
"""Which rows are meant: the values of columns (a set, tuple or list of them means any of these), or a test of a row."""

ON = ("task", "metric", "language", "split", "perturbation")
"""What rows of two sides have in common, if nothing else is said."""

Items = Callable[[Row], "ItemScores | None"]


@dataclass(frozen=True)
class Pair:
    """The same items on two sides.

    Attributes:
        left, right: rows.
        items: what the same items scored on either side, in one order; None where predictions are gone or are not of
            items that can be told to be the same.
    """

    left: Row
    right: Row
    items: tuple[ItemScores, ItemScores] | None


@dataclass(frozen=True)
class Cube:
    """Values over coordinates.

    Attributes:
        values: one axis per coordinate, in the order asked for; nan where there is no score.
        labels: the coordinate's values along each axis.
    """

    values: NDArray[np.float64]
    labels: Mapping[str, tuple[Any, ...]]


def no_items(row: Row) -> None:
    """For scores whose predictions are not at hand."""
    del row


@dataclass(frozen=True)
class Scores:
    """Scores of one run or several.

    Attributes:
        rows: one per score.
        items: what the items behind a row scored, from its stored predictions; None where they are gone.
    """

    rows: Sequence[Row]
    items: Items = no_items

    @classmethod
    def of(cls, *runs: Records | Path, items: Items = no_items, against: str | None = None) -> Scores:
        """All scores of runs, on clean and on perturbed rows.

        Args:
            runs: what was read, or directories to read.
            against: label of the arm that gains are against, instead of each run's own.

        Raises:
            NothingToShow: a directory has no records.
            StoreError: a record cannot be read.
        """
        read = (run if isinstance(run, Records) else read_records(run) for run in runs)
        return cls([row for records in read for row in flat_rows(records, against)], items)

    def where(self, side: Side) -> Scores:
        """The scores of one side.

        Raises:
            SettingsError: a column is named that no row has.
        """
        if callable(side):
            return replace(self, rows=[row for row in self.rows if side(row)])
        self._check(side)
        wanted = {name: value if isinstance(value, list | tuple | set) else (value,) for name, value in side.items()}
        # A coordinate that only some rows have, such as `step`, is None on the others.
        meant = [row for row in self.rows if all(row.get(name) in values for name, values in wanted.items())]
        return replace(self, rows=meant)

    @property
    def clean(self) -> Scores:
        """The scores without further coordinates: of rows to which nothing was done, and of no snapshot."""
        return self.where(lambda row: bool(row["clean"]))

    def groups(self, *names: str) -> dict[tuple[Any, ...], Scores]:
        """The scores by the values of columns, in the order of their first rows."""
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in self.rows:
            found.setdefault(tuple(row.get(name) for name in names), []).append(row)
        return {values: replace(self, rows=rows) for values, rows in found.items()}

    def table(self) -> pd.DataFrame:
        """One row per score, with the columns of docs/records.md."""
        import pandas as pd

        if not self.rows:
            return pd.DataFrame(columns=list(columns()))
        # By column, which takes a tenth of the time of a list of dictionaries.
        names = dict.fromkeys(name for row in self.rows for name in row)
        return pd.DataFrame({name: [_escape_surrogates(row.get(name)) for row in self.rows] for name in names})

    def pairs(self, left: Side, right: Side, on: Sequence[str] = ON) -> Iterator[Pair]:
        """Every row of one side with the row of the other that has the same values of `on` and the same seed.

        Items are paired by what they are called, those that are called by their place in a file only if both are of
        that file; where predictions were stored before they said it, by order, if both are of the same rows. Rows
        without value, and those without counterpart, are passed over.

        Raises:
            SettingsError: several rows of one side have the same values, or a column is not there.
        """
        mine, theirs = (self.where(side).by_place((*on, SEED)) for side in (left, right))
        for place, row in mine.items():
            other = theirs.get(place)
            if other is not None and row["value"] is not None and other["value"] is not None:
                yield Pair(row, other, self.paired_items(row, other))

    def paired_items(self, left: Row, right: Row) -> tuple[ItemScores, ItemScores] | None:
        """The items of two rows, paired; None where predictions are gone or cannot be paired."""
        mine, theirs = self.items(left), self.items(right)
        if mine is None or theirs is None or left["metric"] != right["metric"]:
            return None
        named = mine.items is not None and theirs.items is not None
        if not named and not (_same_rows(left, right) and len(mine.statistics) == len(theirs.statistics)):
            return None
        if named and not _same_files(left, right):
            mine, theirs = mine.with_ids(), theirs.with_ids()
        found = mine.paired(theirs)
        return found if len(found[0].statistics) else None

    def gain_interval(self, left: Row, right: Row) -> Interval | None:
        """Interval of one score minus another over the same items.

        None unless each has all items of the other, or where they do not tell; and of the same predictions, whose
        difference is not estimated but known.
        """
        from harness.statistics.refusal import CannotConclude

        if same_predictions(left, right):
            return None
        found = self.paired_whole(left, right)
        try:
            return found[0].gain_interval(found[1]) if found else None
        except CannotConclude:
            return None

    def paired_whole(self, left: Row, right: Row) -> tuple[ItemScores, ItemScores] | None:
        """The items of two rows, paired; None unless each has all items of the other."""
        found = self.paired_items(left, right)
        return found if found and len(found[0].statistics) == left["n"] == right["n"] else None

    def cube(self, dims: Sequence[str], column: str = "value") -> Cube:
        """A column of numbers as an array over coordinates.

        Args:
            dims: columns, one per axis; together they must tell all rows apart.

        Raises:
            SettingsError: two rows have the same values of them, or a column is not there.
        """
        import numpy as np

        places = self.by_place(dims)
        labels = {name: tuple(dict.fromkeys(row.get(name) for row in self.rows)) for name in dims}
        at = [{value: i for i, value in enumerate(labels[name])} for name in dims]
        values = np.full([len(labels[name]) for name in dims], np.nan)
        for place, row in places.items():
            if row[column] is not None:
                values[tuple(index[value] for index, value in zip(at, place, strict=True))] = row[column]
        return Cube(values, labels)

    def by_place(self, names: Sequence[str]) -> dict[tuple[Any, ...], Row]:
        """The rows by the values of columns.

        Raises:
            SettingsError: two have the same.
        """
        self._check(names)
        found: dict[tuple[Any, ...], Row] = {}
        for row in self.rows:
            place = tuple(row.get(name) for name in names)
            if place in found:
                differs = [
                    name for name in columns() if row.get(name) != found[place].get(name) and name in COORDINATES
                ]
                raise SettingsError(
                    f"two scores of {', '.join(map(str, place))}",
                    code="several-scores-of-a-place",
                    where=", ".join(names),
                    fix=f"they differ in {', '.join(differs)}: name one" if differs else "leave one of the runs out",
                )
            found[place] = row
        return found

    def _check(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in columns() and not any(name in row for row in self.rows):
                known = sorted({*columns(), *(name for row in self.rows for name in row)})
                raise SettingsError(
                    f"there is no column {name!r}", code="unknown-column", fix=f"there are {', '.join(known)}"
                )


def same_predictions(left: Row, right: Row) -> bool:
    """Whether two scores are of the very same predictions, as of arms that share a checkpoint."""
    return bool(left.get("predictions")) and left["predictions"] == right.get("predictions")


def _same_rows(left: Row, right: Row) -> bool:
    """Whether two scores are of the same rows, perturbed or not, by the digests of these."""
    one, other = sorted((left, right), key=lambda row: bool(row[PERTURBATION]))
    if one["data"] == other["data"]:
        return True
    perturbed: str = other["data"]
    return bool(other[PERTURBATION]) and perturbed.startswith(f"{_clean(one)}/")


def _same_files(left: Row, right: Row) -> bool:
    """Whether places in files mean the same rows; what is behind the slash of a digest leaves these where they are."""
    one, other = (row["data"].partition("/")[0] for row in (left, right))
    return bool(one == other)


def _clean(row: Row) -> str:
    """The digest of a score's rows before anything was done to them."""
    data: str = row["data"]
    return data.rpartition("/")[0] if row[PERTURBATION] else data


def load_records(*runs: str | os.PathLike[str]) -> pd.DataFrame:
    """The scores of one or more runs as a table.

    Args:
        runs: run directories.

    Returns:
        One row per score; docs/records.md says what each column is: run, model, arm, arm_text, mode, intermediate,
        seed, task, language, split, perturbation, clean (neither perturbed rows nor a snapshot), metric, value, low,
        high, against (the arm to subtract for gains), development_score, n and more.
    """
    return Scores.of(*map(Path, runs)).table()


def _escape_surrogates(value: Any) -> Any:
    """A value of a cell; halves of surrogate pairs, which no table can hold, are written as their codes."""
    if isinstance(value, str) and not value.isascii():
        return value.encode(errors="backslashreplace").decode()
    return value
