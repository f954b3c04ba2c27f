"""Lines of text files, and what readers make of them."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, NamedTuple

from harness.errors import DataError, counted
from harness.tasks import FIRST_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from harness.tasks import Record

VERSION = 1
"""Raised where this module gives other rows of the same data; see `harness.sources.versions`."""

LONGEST_NAME = 40
"""Characters of a column's name that messages show."""


class TextLine(NamedTuple):
    """One line of a text file: its 1-based number and its text, or why there is no text."""

    number: int
    text: str
    problem: str = ""


class Line(NamedTuple):
    """What a reader yields: one raw record, or why it could not be read.

    Attributes:
        path: the file it stands in.
        number: the 1-based line it begins at; the position in the file where records are not lines (SQuAD).
        record: column name to value; None where there is a problem.
        problem: why there is no record.
        since: the version of the rules for rows by which there is none; see `harness.BadRow`.
    """

    path: Path
    number: int
    record: Record | None
    problem: str = ""
    since: int = FIRST_RULES


def text_lines(path: Path) -> Iterator[TextLine]:
    """The lines of a UTF-8 file, without line ends, byte order mark and blank lines at the end of the file.

    Only LF and CRLF end a line; U+2028 and its like occur inside texts.

    Raises:
        DataError: the file is empty.
    """
    empty = True
    blank = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            line = _decoded(number, raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw)
            if line.text or line.problem:
                empty = False
                while blank:
                    yield TextLine(number - blank, "")
                    blank -= 1
                yield line
            else:
                blank += 1
    if empty:
        raise empty_file(path)


def as_record(path: Path, number: int, fields: Sequence[str], columns: Sequence[str]) -> Line:
    """The fields of a line under their column names, or the complaint that they are too few or too many."""
    if len(fields) != len(columns):
        problem = f"{counted(len(fields), 'column')} where {len(columns)} are expected ({listed(columns)})"
        return Line(path, number, None, problem)
    return Line(path, number, dict(zip(columns, fields, strict=True)))


def listed(columns: Iterable[str]) -> str:
    """Column names in a message; long ones, which are no names but a file of another format, are cut."""
    names = (name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..." for name in columns)
    # JSON can name a column by half of a character, which no file of messages can hold.
    return ", ".join(names).encode(errors="backslashreplace").decode()


def empty_file(path: Path) -> DataError:
    """The error for a file without anything in it."""
    return DataError(
        "the file is empty", code="empty-file", where=str(path), fix="fetch it again, or take it out of the data"
    )


def _decoded(number: int, raw: bytes) -> TextLine:
    raw = raw.rstrip(b"\r\n")
    try:
        return TextLine(number, raw.decode())
    except UnicodeDecodeError as error:
        return TextLine(number, "", f"not UTF-8: byte 0x{raw[error.start]:02x} at byte {error.start + 1} of the line")
