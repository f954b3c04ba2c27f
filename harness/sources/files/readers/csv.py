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

    Raises:
        DataError: the file is empty or its header cannot be read.
    """
    # Bytes that are not UTF-8 pass as lone surrogates, so that they spoil one record and not the whole file.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, strict=True)
        columns: list[str] | None = None
        while True:
            number = reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                if columns is None:
                    raise DataError(
                        f"the header is not CSV: {error}", code="broken-header", where=f"{path}:{number}"
                    ) from None
                yield Line(path, number, None, f"not CSV: {error}")
                continue
            if not fields:
                continue
            if columns is None:
                if not _is_utf8(fields):
                    raise DataError("the header is not UTF-8", code="broken-header", where=f"{path}:{number}")
                columns = fields
            elif not _is_utf8(fields):
                yield Line(path, number, None, "not UTF-8")
            else:
                yield as_record(path, number, fields, columns)
    if columns is None:
        raise empty_file(path)


def _is_utf8(fields: Sequence[str]) -> bool:
    try:
        "".join(fields).encode()
    except UnicodeEncodeError:
        return False
    return True
