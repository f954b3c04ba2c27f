"""text-classification: one label a line, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from harness.benchmarks.files import File, ended_lines, shown
from harness.benchmarks.layouts import Layout, Row, Scorable, one_a_line, same_count


class ClassificationLayout(Layout[Sequence[str], Sequence[str]]):
    """Lines of labels."""

    suffix: ClassVar[str] = "tsv"

    def predictions(self, file: File) -> Sequence[str]:
        """The labels."""
        raw = file.raw()
        found = None if file.to_upload else _known(raw, file.task.labels)
        if found is not None:
            return found
        lines = file.lines(file.text(raw))
        if not lines:
            file.refuse("the file is empty", code="empty-file", fix="write one label a line")
        return [_label(file, number, line) for number, line in enumerate(lines, start=1)]

    def labels(self, file: File) -> Sequence[str]:
        """The labels."""
        labels = self.predictions(file)
        file.hidden(labels, items=len(labels))
        return labels

    def count(self, content: Sequence[str]) -> int:
        """Lines."""
        return len(content)

    def pair(self, predictions: Sequence[str], labels: Sequence[str], file: File, *, partial: bool) -> Scorable:
        """Line by line."""
        del partial
        same_count(file, len(predictions), len(labels), "label")
        return Scorable({"gold": labels, "prediction": predictions, "language": [file.language] * len(labels)})

    def write_predictions(self, rows: Sequence[Row]) -> str:
        """The predicted labels."""
        return one_a_line([row["prediction"] for row in rows])

    def write_labels(self, rows: Sequence[Row]) -> str:
        """The gold labels."""
        return one_a_line([row["gold"] for row in rows])


def _known(raw: bytes, labels: Sequence[str]) -> Sequence[str] | None:
    """The label of each line, as an array; None where a line is anything else."""
    import numpy as np

    lines = ended_lines(raw).dictionary_encode()
    codes = {f"{label}\n".encode(): code for code, label in enumerate(labels)}
    found = [codes.get(line) for line in lines.dictionary.to_pylist()]
    if None in found:
        return None
    known: Any = np.asarray(labels, object)[np.asarray(found)[lines.indices.to_numpy()]]
    return known  # type: ignore[no-any-return]


def _label(file: File, number: int, line: str) -> str:
    """The label of a line, without blanks around it."""
    label = line.strip()
    known = f"the labels of {file.task.name} are {', '.join(file.task.labels)}"
    if label in file.task.labels:
        return label
    if not label:
        file.refuse("a blank line in place of a label", code="blank-line", line=number, fix=known)
    elif "\t" in label and label.split("\t")[0].strip() in file.task.labels:
        columns = label.count("\t") + 1
        file.refuse(
            f"{columns} columns in place of a label alone",
            code="too-many-columns",
            line=number,
            fix="write the label and no text",
        )
    else:
        file.refuse(f"unknown label {shown(label)}", code="unknown-label", line=number, fix=known)
    return label


LAYOUT = ClassificationLayout()
