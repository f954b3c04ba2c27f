"""sentence-similarity: one integer a line, the row of the nearest foreign sentence, from 0.

Line i is of the i-th English sentence in alphabetical order: XTREME sorts them, to hide which belong together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from harness.benchmarks.files import File, line_ends, shown
from harness.benchmarks.layouts import Layout, Row, Scorable, one_a_line, same_count
from harness.errors import UserError
from harness.outside import whole_number

DIGITS = 9
"""Of the longest row number that is read with all others at once."""


class RowsLayout(Layout[Sequence[int], Sequence[int]]):
    """Lines of row numbers."""

    suffix: ClassVar[str] = "tsv"

    def predictions(self, file: File) -> Sequence[int]:
        """The row of the foreign sentence that is nearest to each English one."""
        raw = file.raw()
        rows = None if file.to_upload else _numbers(raw)
        if rows is not None:
            return rows
        lines = file.lines(file.text(raw))
        if not lines:
            file.refuse("the file is empty", code="empty-file", fix="write one integer a line")
        rows = [_row(file, number, line) for number, line in enumerate(lines, start=1)]
        if file.to_upload:
            _within(file, rows, len(rows) - 1)
        return rows

    def labels(self, file: File) -> Sequence[int]:
        """The row of each English sentence's translation."""
        rows = self.predictions(file)
        file.hidden([int(row) for row in rows], items=len(rows))
        return rows

    def count(self, content: Sequence[int]) -> int:
        """Lines."""
        return len(content)

    def pair(self, predictions: Sequence[int], labels: Sequence[int], file: File, *, partial: bool) -> Scorable:
        """Line by line."""
        import numpy as np

        del partial
        same_count(file, len(predictions), len(labels), "row")
        gold = np.asarray(labels)
        # Where the labels are of all sentences, there is no other row.
        if gold.max() < len(gold):
            _within(file, predictions, len(gold) - 1)
        columns: dict[str, Any] = {
            "gold": gold[:, None],
            "prediction": np.asarray(predictions),
            "language": [file.language] * len(labels),
        }
        return Scorable(columns)

    def write_predictions(self, rows: Sequence[Row]) -> str:
        """The row of each English sentence's nearest foreign one."""
        places = _places(rows)
        return one_a_line([places[row["prediction"]] for row in _sorted(rows)])

    def write_labels(self, rows: Sequence[Row]) -> str:
        """The row of each English sentence's translation."""
        places = _places(rows)
        return one_a_line([places[row["gold"][0]] for row in _sorted(rows)])


def _numbers(raw: bytes) -> Sequence[int] | None:
    """The integer of each line, as an array; None where a line is anything else."""
    import numpy as np

    characters, ends = line_ends(raw)
    lengths = np.diff(ends, prepend=-1) - 1
    if raw.translate(None, b"0123456789\n") or lengths.min() < 1 or lengths.max() > DIGITS:
        return None
    numbers = np.zeros(len(ends), np.int64)
    for place in range(lengths.max()):
        longer = np.flatnonzero(lengths > place)
        numbers[longer] += (characters[ends[longer] - 1 - place] - ord("0")).astype(np.int64) * 10**place
    found: Any = numbers
    return found  # type: ignore[no-any-return]


def _sorted(rows: Sequence[Row]) -> list[Row]:
    """As XTREME's scripts sort the English file: by text without blanks around it; equal ones stay in order."""
    return sorted(rows, key=lambda row: str(row["text"]).strip())


def _places(rows: Sequence[Row]) -> dict[str, int]:
    """The row in the foreign file by key: translations stand on the same line of both files, as published.

    Raises:
        UserError: predictions that were stored without texts, or sentences with several translations or none.
    """
    if not all("text" in row for row in rows):
        raise UserError(
            "the predictions were stored by an earlier version, without the English sentences to sort them by",
            code="predictions-too-old",
            where=f"the stored predictions, such as of {rows[0]['key']}",
            fix="repeat the run's command: they are made anew",
        )
    places = {key: place for place, row in enumerate(rows) for key in row["gold"]}
    if len(places) != len(rows) or any(len(row["gold"]) != 1 for row in rows):
        raise UserError(
            "sentences with several translations, or none, have no row to name",
            code="no-one-to-one-translation",
            where=f"the stored predictions, such as of {rows[0]['key']}",
            fix="predict two files whose lines belong together",
        )
    return places


def _within(file: File, rows: Sequence[int], last: int) -> None:
    """Refuse rows that the foreign file does not have."""
    import numpy as np

    if len(rows) and np.max(rows) > last:
        for number, row in enumerate(rows, start=1):
            if row > last:
                fix = f"rows of the foreign file go from 0 to {last}; are these from 1?"
                file.refuse(f"row {row}", code="row-out-of-range", line=number, fix=fix)


def _row(file: File, number: int, line: str) -> int:
    """The row of a line, without blanks around it; 0 where there is none and problems are listed."""
    text = line.strip()
    row = whole_number(text)
    if row is not None and text.isascii():
        return row
    fix = "write the integer alone, the row of the foreign sentence, from 0"
    if text.startswith("[") and text.endswith("]"):
        file.refuse(f"brackets around the integer: {shown(text)}", code="not-a-row-number", line=number, fix=fix)
    elif not text:
        file.refuse("a blank line in place of an integer", code="blank-line", line=number, fix=fix)
    else:
        file.refuse(f"{shown(text)} is no integer from 0", code="not-a-row-number", line=number, fix=fix)
    return 0


LAYOUT = RowsLayout()
