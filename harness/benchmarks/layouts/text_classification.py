"""text-classification: one label a line, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from harness.benchmarks.files import File, shown
from harness.benchmarks.layouts import Layout, Row, Scorable, one_a_line, same_count


class ClassificationLayout(Layout[list[str], list[str]]):
    """Lines of labels."""

    suffix: ClassVar[str] = "tsv"

    def predictions(self, file: File) -> list[str]:
        """The labels."""
        lines = file.lines(file.text())
        if not lines:
            file.refuse("the file is empty", mend="write one label a line")
        if not set(lines).issubset(file.task.labels):
            lines = [_label(file, number, line) for number, line in enumerate(lines, start=1)]
        return lines

    def labels(self, file: File) -> list[str]:
        """The labels."""
        labels = self.predictions(file)
        file.hidden(labels, items=len(labels))
        return labels

    def count(self, content: list[str]) -> int:
        """Lines."""
        return len(content)

    def pair(self, predictions: list[str], labels: list[str], file: File, *, partial: bool) -> Scorable:
        """Line by line."""
        del partial
        same_count(file, len(predictions), len(labels), "labels")
        return Scorable({"gold": labels, "prediction": predictions, "language": [file.language] * len(labels)})

    def write_predictions(self, rows: Sequence[Row]) -> str:
        """The predicted labels."""
        return one_a_line([row["prediction"] for row in rows])

    def write_labels(self, rows: Sequence[Row]) -> str:
        """The gold labels."""
        return one_a_line([row["gold"] for row in rows])


def _label(file: File, number: int, line: str) -> str:
    """The label of a line, without blanks around it."""
    label = line.strip()
    known = f"the labels of {file.task.name} are {', '.join(file.task.labels)}"
    if label in file.task.labels:
        return label
    if not label:
        file.refuse("a blank line in place of a label", line=number, mend=known)
    elif "\t" in label and label.split("\t")[0].strip() in file.task.labels:
        columns = label.count("\t") + 1
        file.refuse(f"{columns} columns in place of a label alone", line=number, mend="write the label and no text")
    else:
        file.refuse(f"unknown label {shown(label)}", line=number, mend=known)
    return label


LAYOUT = ClassificationLayout()
