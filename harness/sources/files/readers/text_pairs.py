"""Bitext in two files whose lines match (LASER's Tatoeba): tatoeba.deu-eng.deu and tatoeba.deu-eng.eng."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DataError, counted
from harness.sources.files.lines import Line, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = 1


def companions(path: Path, *, source_suffix: str = "", source: str = "") -> tuple[Path, ...]:
    """The file with the sentences of the other side."""
    return (Path(os.path.normpath(path.parent / source)) if source else path.with_suffix(source_suffix),)


def read(path: Path, *, source_suffix: str = "", source: str = "") -> Iterator[Line]:
    """Two records a pair of lines: side, key, text and match, the key of the sentence's translation.

    A pair with a blank or unreadable sentence is one bad record, so that no sentence loses its translation.

    Args:
        path: the file with the sentences that are searched (side "target").
        source_suffix: ends the name of the file with the sentences asked about (side "source").
        source: in its place, where that file lies, seen from the other one's folder.

    Raises:
        DataError: one of the files is empty, or they differ in their number of lines.
    """
    (source_path,) = companions(path, source_suffix=source_suffix, source=source)
    sources, targets = list(text_lines(source_path)), list(text_lines(path))
    if len(sources) != len(targets):
        raise DataError(
            f"the two files of a bitext differ in length: {len(targets):,} and {counted(len(sources), 'line')}",
            code="files-differ-in-length",
            where=f"{path} and {source_path}",
            fix="fetch both again; line i of one is the translation of line i of the other",
        )
    for asked, target in zip(sources, targets, strict=True):
        key = str(target.number)
        problem = asked.problem or target.problem
        if problem:
            yield Line(path, target.number, None, problem)
        elif not asked.text.strip() or not target.text.strip():
            yield Line(path, target.number, None, "a sentence of the pair is blank")
        else:
            yield Line(source_path, asked.number, {"side": "source", "key": key, "text": asked.text, "match": key})
            yield Line(path, target.number, {"side": "target", "key": key, "text": target.text, "match": key})
