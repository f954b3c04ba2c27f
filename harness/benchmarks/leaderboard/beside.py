"""Published scores beside those of a leaderboard's systems, as tables for people; they are no part of the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.benchmarks.definition import AT
from harness.benchmarks.leaderboard.tables import named_systems
from harness.benchmarks.published import Beside, Published, beside
from harness.documents.parts import Cell, Table
from harness.results.words import number

if TYPE_CHECKING:
    from harness.registry import Registry

COLUMNS = ("published model", "language", "system", "published", "score", "difference", "protocol")


def beside_tables(
    document: Mapping[str, Any], published: Sequence[Published], registry: Registry
) -> tuple[list[Table], list[str]]:
    """A table a task and metric, and notes with the protocols; nothing stands beside scores on generated rows."""
    rows = [] if AT in document["benchmark"]["name"] else _rows(document)
    found = list(beside(rows, published, registry))
    if not found:
        return [], ["No published score is of a task, metric and language of these systems."]
    origins = list(dict.fromkeys((one.published.protocol, one.published.source) for one in found))
    tables = []
    for task, metric in dict.fromkeys((one.published.task, one.published.metric) for one in found):
        own = [one for one in found if (one.published.task, one.published.metric) == (task, metric)]
        lines = tuple(_line(one, origins.index((one.published.protocol, one.published.source)) + 1) for one in own)
        tables.append(Table(f"{task}: {metric}, percent, beside published scores", COLUMNS, lines))
    notes = [f"Protocol {i}: {protocol} ({source})." for i, (protocol, source) in enumerate(origins, start=1)]
    return tables, [*notes, "Published scores are of others' rows, seeds and settings, and in no mean."]


def _rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Scores by system, task, language and metric, those of each seed."""
    return [
        {"arm": name, **{key: row[key] for key in ("task", "language", "metric")}, **score}
        for name, system in named_systems(document)
        for row in system["rows"]
        for score in row["scores"]
    ]


def _line(one: Beside, protocol: int) -> tuple[Cell, ...]:
    cell = one.published
    score = Cell(text="-", coverage=f"{one.n}/{one.of}") if one.score is None else Cell(text=number(one.score))
    difference = "-" if one.difference is None else number(one.difference, signed=True)
    texts = (cell.model, cell.language, one.arm, number(cell.value))
    return (*(Cell(text=text) for text in texts), score, Cell(text=difference), Cell(text=str(protocol)))
