"""Tab-separated values, one record a line. Quotes are text: a quote in a sentence must not join lines or fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import DataError
from harness.sources.files.lines import Line, as_record, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

VERSION = 1


def read(path: Path, *, columns: Sequence[str] | None = None) -> Iterator[Line]:
    """Every line's fields by column name.

    Args:
        path: the file.
        columns: the names of all columns of a file without header; without them the first line names them.

    Raises:
        DataError: the file is empty or its header cannot be read.
    """
    for line in text_lines(path):
        if line.problem and columns is None:
            raise DataError(f"the header is {line.problem}", code="broken-header", where=f"{path}:{line.number}")
        if line.problem:
            yield Line(path, line.number, None, line.problem)
        elif columns is None:
            columns = line.text.split("\t")
        else:
            yield as_record(path, line.number, line.text.split("\t"), columns)
