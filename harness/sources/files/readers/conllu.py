"""CoNLL-U, the files of Universal Dependencies: a sentence with its words, fused forms and empty nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.sources.files.readers import conll

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.sources.files.lines import Line

VERSION = 1
USES = (conll,)

COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")


def read(path: Path) -> Iterator[Line]:
    """Every sentence: the ten columns of its lines by name, and the language code its file's name begins with."""
    language = path.name.partition("_")[0]
    for line in conll.read(path, columns=COLUMNS):
        yield line if line.record is None else line._replace(record={**line.record, "language": language})
