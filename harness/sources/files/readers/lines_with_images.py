"""Captions in one file and the names of their images in another, whose lines match (Multi30K, XTD10)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DataError, counted
from harness.sources.files.lines import Line, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = 1
STEM = "{stem}"


def companions(path: Path, *, images: str) -> tuple[Path, ...]:
    """The file with the names of images."""
    return (Path(os.path.normpath(path.parent / images.replace(STEM, path.stem))),)


def read(path: Path, *, images: str) -> Iterator[Line]:
    """The caption (`text`) and the name of its image (`image`) of every line.

    Args:
        path: the file with the captions.
        images: where the file with the names lies, seen from the other one's folder; `{stem}` stands for the other
            one's name without what follows its last point.

    Raises:
        DataError: one of the files is empty, or they differ in their number of lines.
    """
    (names_path,) = companions(path, images=images)
    captions, names = list(text_lines(path)), list(text_lines(names_path))
    if len(captions) != len(names):
        raise DataError(
            f"{counted(len(captions), 'caption')} but {counted(len(names), 'name')} of images",
            code="files-differ-in-length",
            where=f"{path} and {names_path}",
            fix="fetch both again; line i of one is the image of line i of the other",
        )
    for caption, name in zip(captions, names, strict=True):
        problem = caption.problem or (f"the name of its image is {name.problem}" if name.problem else "")
        record = {"text": caption.text, "image": name.text.strip()}
        yield Line(path, caption.number, None if problem else record, problem)
