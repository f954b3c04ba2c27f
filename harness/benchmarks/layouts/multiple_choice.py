"""multiple-choice: a JSON object a line, whose integer `label` is the index of the choice, from 0."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from harness.benchmarks.files import File, shown
from harness.benchmarks.layouts import Layout, Row, Scorable, one_a_line, same_count
from harness.outside import Unreadable, parse_json


class ChoicesLayout(Layout[list[int], list[int]]):
    """Lines of objects."""

    suffix: ClassVar[str] = "jsonl"

    def predictions(self, file: File) -> list[int]:
        """The index of the chosen text of each row."""
        lines = file.lines(file.text())
        if not lines:
            file.refuse("the file is empty", code="empty-file", fix='write {"label": 0} or {"label": 1}, one a line')
        return [_label(file, number, line) for number, line in enumerate(lines, start=1)]

    def labels(self, file: File) -> list[int]:
        """The index of the right text of each row."""
        labels = self.predictions(file)
        file.hidden(labels, items=len(labels))
        return labels

    def count(self, content: list[int]) -> int:
        """Rows."""
        return len(content)

    def pair(self, predictions: list[int], labels: list[int], file: File, *, partial: bool) -> Scorable:
        """Line by line."""
        del partial
        same_count(file, len(predictions), len(labels), "row")
        # Files of labels do not say how many choices there are: two at least, of which one may be right nowhere.
        last = max(labels, default=1) or 1
        if max(predictions, default=0) > last:
            for number, label in enumerate(predictions, start=1):
                if label > last:
                    file.refuse(
                        f"label {label}",
                        code="label-out-of-range",
                        line=number,
                        fix=f"labels of {file.task.name} go from 0 to {last}",
                    )
        return Scorable({"gold": labels, "prediction": predictions, "language": [file.language] * len(labels)})

    def write_predictions(self, rows: Sequence[Row]) -> str:
        """The predicted choices."""
        return one_a_line([json.dumps({"label": row["prediction"]}) for row in rows])

    def write_labels(self, rows: Sequence[Row]) -> str:
        """The right choices."""
        return one_a_line([json.dumps({"label": row["gold"]}) for row in rows])


def _label(file: File, number: int, line: str) -> int:
    """The label of a line; -1 where there is none and problems are listed."""
    fix = 'write an object with an integer label a line, such as {"label": 0}'
    if not line.strip():
        file.refuse("a blank line in place of a row", code="blank-line", line=number, fix=fix)
        return -1
    try:
        row: Any = parse_json(line)
    except Unreadable as error:
        file.refuse(error.problem, code="not-json", line=number, fix=fix)
        return -1
    label = row.get("label") if isinstance(row, dict) else None
    if type(label) is int and label >= 0:
        return label
    what = f"the label is {shown(json.dumps(label))}" if isinstance(row, dict) and "label" in row else "no label"
    file.refuse(f"{what}, not the index of a choice", code="not-a-label", line=number, fix=fix)
    return -1


LAYOUT = ChoicesLayout()
