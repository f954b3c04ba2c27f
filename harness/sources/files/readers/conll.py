"""CoNLL files: one token a line with tab-separated columns, a blank line between sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.sources.files.lines import Line, TextLine, as_record, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

VERSION = 1


def read(path: Path, *, columns: Sequence[str]) -> Iterator[Line]:
    """Every sentence: column name to the tuple of its tokens' values, numbered by its first token's line.

    One bad line makes its whole sentence bad.

    Args:
        path: the file.
        columns: the names of all columns, in order.
    """
    for sentence in sentences(path):
        yield record(path, sentence, columns)


def sentences(path: Path) -> Iterator[list[TextLine]]:
    """The lines of each sentence, without comments."""
    sentence: list[TextLine] = []
    for line in text_lines(path):
        if line.problem or line.text.strip():
            if not _is_comment(line.text):
                sentence.append(line)
        elif sentence:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def record(path: Path, sentence: Sequence[TextLine], columns: Sequence[str]) -> Line:
    """The values of a sentence's lines by column, or what is wrong with the first line that is bad."""
    tokens = []
    for line in sentence:
        if line.problem:
            return Line(path, line.number, None, line.problem)
        fields = line.text.split("\t")
        if len(fields) != len(columns):
            return as_record(path, line.number, fields, columns)
        tokens.append(fields)
    return Line(path, sentence[0].number, dict(zip(columns, zip(*tokens, strict=True), strict=True)))


def _is_comment(text: str) -> bool:
    """Whether a line is a comment and not a token "#" or "#tag", which do occur."""
    return text.startswith("# ") or (text.startswith("#") and "\t" not in text)
