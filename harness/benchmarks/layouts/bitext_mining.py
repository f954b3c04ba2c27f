"""bitext-mining: the ids of a foreign and an English sentence a line, with a tab between them, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from harness.benchmarks.files import File, line_ends, repeated, shown
from harness.benchmarks.layouts import Layout, Row, Scorable, one_a_line
from harness.errors import counted

ENGLISH = "en-"
"""Begins the ids of English sentences in BUCC 2018."""

WRITE = "write foreign id, tab, English id"

PAIR = "pair"
"""Stands for the id of the one sentence that an item is about."""


Pairs = set[bytes]
"""Lines of ids with a tab between them."""


class PairsLayout(Layout[Pairs, Pairs]):
    """Lines of pairs."""

    suffix: ClassVar[str] = "tsv"

    def predictions(self, file: File) -> Pairs:
        """The mined pairs; none is a result, too."""
        raw = file.raw()
        found = None if file.to_upload else _different(raw)
        if found is not None:
            return found
        lines = file.lines(file.text(raw))
        if lines and not _well_formed(raw):
            lines = [_pair(file, number, line) for number, line in enumerate(lines, start=1)]
        if lines and lines[0].startswith(ENGLISH) and all(line.startswith(ENGLISH) for line in lines):
            file.refuse("English ids come first", code="ids-out-of-order", line=1, fix=WRITE)
        pairs = set(lines)
        if len(pairs) != len(lines) and not file.to_upload:
            # XTREME's scorer makes a set of them.
            file.notes.append(f"{counted(len(lines) - len(pairs), 'repeated pair')} of {file.noun}, counted once")
        elif len(pairs) != len(lines):
            for line in repeated(lines):
                number = len(lines) - lines[::-1].index(line)
                file.refuse(
                    f"the pair {shown(line)} stands there before",
                    code="repeated-pair",
                    line=number,
                    fix="write each pair once",
                )
        return {pair.encode() for pair in pairs}

    def labels(self, file: File) -> Pairs:
        """The pairs of translations."""
        pairs = self.predictions(file)
        if not pairs:
            file.refuse("the file is empty", code="empty-file", fix="score against labels that have pairs")
        return pairs

    def count(self, content: Pairs) -> None:
        """Nothing: how many pairs are mined is up to the threshold."""
        del content

    def pair(self, predictions: Pairs, labels: Pairs, file: File, *, partial: bool) -> Scorable:
        """An item for each pair that was mined or is to be found; which pair it is, no metric asks."""
        import numpy as np

        del partial
        right = len(predictions & labels)
        if predictions and not right:
            _refuse_swapped(file, labels)
        wrong, missed = len(predictions) - right, len(labels) - right
        items = right + missed + wrong
        columns: dict[str, Any] = {
            "gold": [*[(PAIR,)] * (right + missed), *[()] * wrong],
            "prediction": [*[PAIR] * right, *[None] * missed, *[PAIR] * wrong],
            "score": np.repeat([1.0, np.nan, 1.0], [right, missed, wrong]),
            "threshold": np.ones(items),
            "language": [file.language] * items,
        }
        return Scorable(columns)

    def write_predictions(self, rows: Sequence[Row]) -> str:
        """The candidates whose score reaches the threshold."""
        mined = [row for row in rows if row["prediction"] is not None and row["score"] >= row["threshold"]]
        return one_a_line([f"{row['source']}\t{row['prediction']}" for row in mined])

    def write_labels(self, rows: Sequence[Row]) -> str:
        """The pairs of translations."""
        return one_a_line([f"{row['source']}\t{target}" for row in rows for target in row["gold"]])


def _different(raw: bytes) -> Pairs | None:
    """The lines of a file of pairs; None where some are no pairs, repeated, or the other way round."""
    if not raw.strip() or not _well_formed(raw) or raw.startswith(ENGLISH.encode()):
        return None
    lines = raw.rstrip(b"\n").split(b"\n")
    pairs = set(lines)
    return pairs if len(pairs) == len(lines) else None


def _well_formed(raw: bytes) -> bool:
    """Whether every line is two ids with a tab between them."""
    import numpy as np

    if b" " in raw:
        return False
    characters, ends = line_ends(raw)
    tabs = np.flatnonzero(characters == ord("\t"))
    if len(tabs) != len(ends):
        return False
    starts = np.concatenate(([-1], ends[:-1]))
    return bool((tabs > starts + 1).all() and (ends > tabs + 1).all())


def _refuse_swapped(file: File, labels: Pairs) -> None:
    """Refuse pairs that are right the other way round."""
    for number, line in enumerate(file.lines(file.text()), start=1):
        if "\t".join(reversed(line.strip().split("\t"))).encode() in labels:
            file.refuse("the ids of the pair are the other way round", code="ids-out-of-order", line=number, fix=WRITE)


def _pair(file: File, number: int, line: str) -> str:
    """The pair of a line, without blanks around ids."""
    ids = [part.strip() for part in line.split("\t")]
    if len(ids) != 2 or not all(ids):
        what = f"{shown(line)} in place of two ids" if line.strip() else "a blank line in place of a pair"
        file.refuse(what, code="not-a-pair", line=number, fix=WRITE)
    return "\t".join(ids)


LAYOUT = PairsLayout()
