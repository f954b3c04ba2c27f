"""Plain text, one text a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.sources.files.lines import Line, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1


def read(path: Path) -> Iterator[Line]:
    """One record with the column `text` a line; blank lines only separate."""
    for line in text_lines(path):
        if line.problem:
            yield Line(path, line.number, None, line.problem)
        elif line.text.strip():
            yield Line(path, line.number, {"text": line.text})
