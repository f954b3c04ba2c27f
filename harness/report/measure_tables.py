"""The measures of a run: numbers about its checkpoints, a line per language, a column per arm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.errors import counted
from harness.report.target_tables import new_table
from harness.results.records import Records
from harness.results.schema import ARM, LANGUAGE, NEEDED, SPLIT, TASK, Measure
from harness.results.words import short_arms


def measure_tables(records: Records) -> Iterator[RenderableType]:
    """A table per measure and task, then what failed."""
    everything = [record.result for record in records.measures]
    measures = [one for one in everything if one.plain]
    groups: dict[tuple[str, str, str, str], list[Measure]] = {}
    for one in measures:
        place = (one.measure, str(one.at.get(TASK, "")), str(one.at.get(SPLIT, "")), one.unit)
        groups.setdefault(place, []).append(one)
    for (measure, task, split, unit), own in groups.items():
        limited = ", limited" if any(one.limited for one in own) else ""
        of_task, of_rows = f"{task}: " if task else "", f" of {split} rows" if split else ""
        yield Text(f"{of_task}{measure}{of_rows}{limited}{f', {unit}' if unit else ''}", style="bold")
        yield _table(own, records)
        yield Text()
    further = [one for one in everything if not one.plain]
    if further:
        names = sorted({name for one in further for name in one.at.keys() - set(NEEDED)})
        count = counted(len(further), "measure")
        yield Text(f"not shown: {count} by {' and '.join(names)}; records.jsonl has them", style="dim")
        yield Text()
    for one in everything:
        if one.status == "failed":
            places = f"{one.at.get(TASK, '')} in {one.at.get(LANGUAGE, 'all languages')}"
            yield Text(f"failed: {one.measure} of {places}: {one.error}", style="red")


def _table(measures: Sequence[Measure], records: Records) -> Table:
    """One measure of one task: means over seeds."""
    labels = dict.fromkeys(str(one.at[ARM]) for one in measures)
    table = new_table()
    table.add_column("language", no_wrap=True)
    names = short_arms(records.arm(label) for label in {**dict.fromkeys(records.arms), **labels})
    for label in labels:
        table.add_column(escape(names[label]), justify="right")
    for language in dict.fromkeys(str(one.at.get(LANGUAGE, "")) for one in measures):
        cells = []
        for label in labels:
            found = [one.value for one in measures if (one.at[ARM], one.at.get(LANGUAGE, "")) == (label, language)]
            values = [value for value in found if value is not None]
            cells.append(f"{fmean(values):,.4f}" if values else "-")
        table.add_row(language or "all", *cells)
    return table
