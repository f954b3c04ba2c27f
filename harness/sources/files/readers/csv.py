"""Comma-separated values with a header; fields in double quotes may hold commas, doubled quotes and line ends."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from harness.errors import DataError
from harness.sources.files.lines import Line, as_record, empty_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

VERSION = 1


def read(path: Path) -> Iterator[Line]:
    """Every record's fields by the header's column names.

    A bad record is one bad line for each line that it spans: a quote too many joins it with those below.

    Raises:
        DataError: the file is empty or its header cannot be read.
    """
    columns: list[str] | None = None
    for lines, fields, problem in _records(path):
        if columns is not None:
            line = Line(path, lines.start, None, problem) if problem else as_record(path, lines.start, fields, columns)
            yield line
            if line.record is None:
                also = f"belongs to the bad record that begins in line {lines.start}; see its quotes"
                yield from (Line(path, number, None, also) for number in lines[1:])
        elif problem:
            raise DataError(f"the header is {problem}", code="broken-header", where=f"{path}:{lines.start}")
        else:
            columns = fields
    if columns is None:
        raise empty_file(path)


def _records(path: Path) -> Iterator[tuple[range, list[str], str]]:
    """The numbers of each record's lines, its fields, and what is wrong with it."""
    # Bytes that are not UTF-8 pass as lone surrogates, so that they spoil one record and not the whole file.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, strict=True)
        while True:
            first, fields, problem = reader.line_num + 1, list[str](), ""
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                problem = f"not CSV: {error}"
            if fields or problem:
                yield range(first, reader.line_num + 1), fields, problem or ("" if _is_utf8(fields) else "not UTF-8")


def _is_utf8(fields: Sequence[str]) -> bool:
    try:
        "".join(fields).encode()
    except UnicodeEncodeError:
        return False
    return True
