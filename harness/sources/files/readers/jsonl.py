"""JSON Lines: one object a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.outside import Unreadable, parse_json
from harness.sources.files.lines import Line, TextLine, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1


def read(path: Path) -> Iterator[Line]:
    """Every line's object; a line that is not one is a bad record."""
    for line in text_lines(path):
        yield _parsed(path, line)


def _parsed(path: Path, line: TextLine) -> Line:
    if line.problem:
        return Line(path, line.number, None, line.problem)
    try:
        value = parse_json(line.text)
    except Unreadable as error:
        place = f" (column {error.column})" if error.column else ""
        return Line(path, line.number, None, f"{error.problem}{place}")
    if not isinstance(value, dict):
        return Line(path, line.number, None, f"not a JSON object but a {type(value).__name__}")
    return Line(path, line.number, value)
