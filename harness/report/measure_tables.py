"""The measures of a run: numbers about its checkpoints, a line per language, a column per arm."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from statistics import fmean

from harness.documents.parts import Paragraph, Part, Table, Tone, row_of
from harness.errors import counted
from harness.measures import OTHER_TASK
from harness.results.records import Records
from harness.results.schema import ARM, LANGUAGE, NEEDED, SPLIT, TASK, Measure
from harness.results.words import short_arms


def measure_tables(records: Records) -> Iterator[Part]:
    """A table per measure and task, then those of two tasks, then what failed."""
    everything = [record.result for record in records.measures]
    plain = [one for one in everything if one.plain]
    compared = [one for one in everything if one.at.keys() == {*NEEDED, OTHER_TASK}]
    for own in _groups(plain):
        yield _table(own, records)
    for own in _groups(compared):
        narrow = _compared(own, OTHER_TASK, LANGUAGE)
        yield dataclasses.replace(_compared(own, LANGUAGE, OTHER_TASK), narrow=narrow)
    further = [one for one in everything if one not in plain and one not in compared]
    if further:
        names = sorted({name for one in further for name in one.at.keys() - set(NEEDED)})
        count = counted(len(further), "measure")
        yield Paragraph(f"not shown: {count} by {' and '.join(names)}; records.jsonl has them", Tone.QUIET)
    for one in everything:
        if one.status == "failed":
            other = f" and {one.at[OTHER_TASK]}" if OTHER_TASK in one.at else ""
            places = f"{one.at.get(TASK, '')} in {one.at.get(LANGUAGE, 'all languages')}{other}"
            yield Paragraph(f"failed: {one.measure} of {places}: {one.error}", Tone.FAILED)


def _groups(measures: Sequence[Measure]) -> Iterator[list[Measure]]:
    """Those of one measure, task and split together."""
    groups: dict[tuple[str, str, str, str], list[Measure]] = {}
    for one in measures:
        place = (one.measure, str(one.at.get(TASK, "")), str(one.at.get(SPLIT, "")), one.unit)
        groups.setdefault(place, []).append(one)
    yield from groups.values()


def _title(measures: Sequence[Measure]) -> str:
    """What a table is of."""
    first = measures[0]
    task, split = str(first.at.get(TASK, "")), str(first.at.get(SPLIT, ""))
    limited = ", limited" if any(one.limited for one in measures) else ""
    of_task, of_rows = f"{task}: " if task else "", f" of {split} rows" if split else ""
    beside = ", with each intermediate task" if OTHER_TASK in first.at else ""
    unit = f", {first.unit}" if first.unit else ""
    return f"{of_task}{first.measure}{of_rows}{beside}{limited}{unit}"


def _compared(measures: Sequence[Measure], down: str, across: str) -> Table:
    """One measure of one task with others: a line per value of one coordinate, a column per value of another."""
    heads = {LANGUAGE: "language", OTHER_TASK: "task"}
    columns = dict.fromkeys(str(one.at[across]) for one in measures)
    values: dict[tuple[str, str], list[float]] = {}
    for one in measures:
        if one.value is not None:
            values.setdefault((str(one.at[down]), str(one.at[across])), []).append(one.value)
    rows = []
    for line in dict.fromkeys(str(one.at[down]) for one in measures):
        cells = [values.get((line, name), []) for name in columns]
        rows.append(row_of(line, *(f"{fmean(own):,.4f}" if own else "-" for own in cells)))
    return Table(_title(measures), (heads[down], *columns), tuple(rows), whole=(0,))


def _table(measures: Sequence[Measure], records: Records) -> Table:
    """One measure of one task: means over seeds."""
    labels = dict.fromkeys(str(one.at[ARM]) for one in measures)
    names = short_arms(records.arm(label) for label in {**dict.fromkeys(records.arms), **labels})
    rows = []
    for language in dict.fromkeys(str(one.at.get(LANGUAGE, "")) for one in measures):
        cells = []
        for label in labels:
            found = [one.value for one in measures if (one.at[ARM], one.at.get(LANGUAGE, "")) == (label, language)]
            values = [value for value in found if value is not None]
            cells.append(f"{fmean(values):,.4f}" if values else "-")
        rows.append(row_of(language or "all", *cells))
    return Table(_title(measures), ("language", *(names[label] for label in labels)), tuple(rows), whole=(0,))
