"""From the files of a split to its rows: every raw record becomes a row or is counted as skipped, with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.errors import DataError, UserError, in_words
from harness.plugins import OURS
from harness.sources.base import SkippedRow
from harness.sources.files.lines import listed
from harness.sources.files.readers import find_reader
from harness.tasks import BadRow, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from harness.rows import Row
    from harness.sources.files.lines import Line
    from harness.sources.files.places import Part

VERSION = 1
"""Raised where this module gives other rows of the same data; see `harness.sources.versions`."""

MOST_SKIPPED = 1_000_000
"""Records that cannot become rows, each of which is kept with its reason, some 200 bytes."""


@dataclass
class Translated:
    """Rows with a key each, and the records that could not become rows."""

    rows: list[Row] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)

    def skip(self, row: SkippedRow) -> None:
        """Count a record that cannot become a row.

        Raises:
            DataError: there are too many to keep.
        """
        if len(self.skipped) >= MOST_SKIPPED:
            raise DataError(
                f"more than {MOST_SKIPPED:,} bad rows, the first of them: {self.skipped[0]}",
                code="too-many-bad-rows",
                where=f"{row.file}:{row.line}",
                fix="see that the file is whole and in the format that it is read in",
            )
        self.skipped.append(row)


def translate_parts(parts: Sequence[Part], root: Path) -> Translated:
    """All rows of the parts, keyed "<path below root>:<line>".

    Raises:
        DataError: a file as a whole cannot be read.
    """
    done = Translated()
    for part in parts:
        reader = find_reader(part.format.reader)
        for path in part.paths:
            translate(reader.read(path, **part.options), part.row, root, done)
    return done


def translate(lines: Iterable[Line], to_row: Callable[[Record], Row | None], root: Path, done: Translated) -> None:
    """Add the rows of some lines to `done`; a record that gives None is not meant."""
    names: dict[Path, str] = {}
    for line in lines:
        if line.path not in names:
            names[line.path] = name_below(root, line.path)
        file = names[line.path]
        if line.record is None:
            done.skip(SkippedRow(file, line.number, line.problem, line.since))
        else:
            translate_record(file, line.number, line.record, to_row, done)


def translate_record(
    file: str, number: int, record: Record, to_row: Callable[[Record], Row | None], done: Translated
) -> None:
    """Add the row of a record to `done`, or the reason why it has none."""
    try:
        row = to_row(record)
    except BadRow as error:
        done.skip(SkippedRow(file, number, str(error), error.since))
    except KeyError as error:
        reason = f"no column {error.args[0]!r}; columns are {listed(map(str, record))}"
        done.skip(SkippedRow(file, number, reason))
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        # A value of an unexpected type, such as null for a sentence, spoils its own record only.
        done.skip(SkippedRow(file, number, f"unexpected value: {type(error).__name__}: {error}"))
    except BaseException as error:
        if isinstance(error, (UserError, MemoryError, *OURS)):
            raise
        done.skip(SkippedRow(file, number, f"the task's function for rows fails: {in_words(error)}"))
    else:
        if row is not None:
            done.rows.append(row)
            done.keys.append(f"{file}:{number}")


def name_below(root: Path, path: Path) -> str:
    """The path as it is written relative to the data directory, with "/" on every system."""
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
