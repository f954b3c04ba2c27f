"""JSON Lines with the labels in a second file, one a line (Social IQa): train.jsonl and train-labels.lst."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import DataError, counted
from harness.sources.files.lines import Line, text_lines
from harness.sources.files.readers import jsonl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1
USES = (jsonl,)


def companions(path: Path, *, labels_suffix: str) -> tuple[Path, ...]:
    """The file with the labels."""
    return (path.with_name(f"{path.stem}{labels_suffix}"),)


def read(path: Path, *, labels_suffix: str) -> Iterator[Line]:
    """Every line's object, with the same line of the other file as `label`.

    Args:
        path: the file with the objects.
        labels_suffix: what the name of the file with the labels has in place of ".jsonl".

    Raises:
        DataError: one of the files is empty, or they differ in their number of lines.
    """
    (labels_path,) = companions(path, labels_suffix=labels_suffix)
    lines, labels = list(jsonl.read(path)), list(text_lines(labels_path))
    if len(lines) != len(labels):
        raise DataError(
            f"{counted(len(lines), 'line')} but {counted(len(labels), 'label')}",
            code="files-differ-in-length",
            where=f"{path} and {labels_path}",
            fix="fetch both again; line i of one is the label of line i of the other",
        )
    for line, label in zip(lines, labels, strict=True):
        if line.record is None:
            yield line
        elif label.problem:
            yield Line(path, line.number, None, f"its label is {label.problem}")
        else:
            yield line._replace(record={**line.record, "label": label.text.strip()})
