"""The measures of a run: numbers about its checkpoints, a line per language, a column per arm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from harness.report.target_tables import new_table
from harness.results.words import short_arm

Row = Mapping[str, Any]


def measure_tables(rows: Sequence[Row]) -> Iterator[RenderableType]:
    """A table per measure and task, then what failed."""
    for measure, task, split, unit in dict.fromkeys((r["measure"], r["task"], r["split"], r["unit"]) for r in rows):
        own = [row for row in rows if (row["measure"], row["task"], row["split"]) == (measure, task, split)]
        limited = ", limited" if any(row["limited"] for row in own) else ""
        yield Text(f"{task}: {measure} of {split} rows{limited}, {unit}", style="bold")
        yield _table(own)
        yield Text()
    for row in rows:
        if row["status"] == "failed":
            yield Text(f"failed: {row['measure']} of {row['task']} in {row['language']}: {row['error']}", style="red")


def _table(rows: Sequence[Row]) -> Table:
    """One measure of one task: means over seeds."""
    arms = {row["arm"]: short_arm(row["arm"], row["mode"]) for row in rows}
    table = new_table()
    table.add_column("language", no_wrap=True)
    for name in arms.values():
        table.add_column(name, justify="right")
    for language in dict.fromkeys(row["language"] for row in rows):
        cells = []
        for arm in arms:
            found = [row["value"] for row in rows if (row["arm"], row["language"]) == (arm, language)]
            values = [value for value in found if value is not None]
            cells.append(f"{fmean(values):,.4f}" if values else "-")
        table.add_row(language, *cells)
    return table
