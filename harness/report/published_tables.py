"""Published scores beside those of a run, each with its protocol; they are no part of any mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.markup import escape
from rich.text import Text

from harness.benchmarks.published import Beside, beside, read_published
from harness.errors import counted
from harness.report.target_tables import new_table
from harness.results.scores import Row
from harness.results.words import number, row_arms
from harness.sources.base import generated_source

if TYPE_CHECKING:
    from harness.registry import Registry


def published_tables(rows: Sequence[Row], path: Path, registry: Registry) -> list[RenderableType]:
    """A table a task and metric, and below them what each number in brackets stands for.

    Args:
        rows: scores of a run on clean rows, by its main metrics and others.
        path: of the file with published scores.

    Raises:
        UserError: the file cannot be used.
    """
    published = read_published(path)
    if generated_source(rows[0]["source"], registry):
        return [Text(f"{path.name}: nothing stands beside scores on generated rows")]
    found = list(beside(rows, published, registry))
    if not found:
        return [Text(f"{path.name}: none of {counted(len(published), 'published score')} is of a task of this run")]
    arms = row_arms(rows)
    origins = list(dict.fromkeys((one.published.protocol, one.published.source) for one in found))
    parts: list[RenderableType] = []
    for task, metric in dict.fromkeys((one.published.task, one.published.metric) for one in found):
        own = [one for one in found if (one.published.task, one.published.metric) == (task, metric)]
        parts += [
            Text(f"{task}: {metric}, percent, beside {path.name}", style="bold"),
            _table(own, arms, origins),
            Text(),
        ]
    parts += [Text(f"[{i}] {protocol} ({source})") for i, (protocol, source) in enumerate(origins, start=1)]
    if any(one.score is None for one in found):
        parts.append(Text("(n/m): n of the m languages are there, so no mean stands beside theirs."))
    limited = any(row["limited"] or row["stand_in"] for row in rows)
    parts.append(Text("Published scores are of others' rows, seeds and settings, and in no mean of this run."))
    parts += [Text("This run is of part of the rows, or of stand-ins: see the marks above.")] if limited else []
    return parts


def _table(own: Sequence[Beside], arms: dict[str, str], origins: Sequence[tuple[str, str]]) -> RenderableType:
    table = new_table()
    several = len(arms) > 1
    for column in ("model", "language", *(["arm"] if several else [])):
        table.add_column(column)
    for column in ("published", "score", "difference", ""):
        table.add_column(column, justify="right", no_wrap=True)
    for one in own:
        cell = one.published
        score = f"- ({one.n}/{one.of})" if one.score is None else number(one.score)
        difference = "-" if one.difference is None else number(one.difference, signed=True)
        reference = f"[{origins.index((cell.protocol, cell.source)) + 1}]"
        texts = (
            cell.model,
            cell.language,
            *([arms[one.arm]] if several else []),
            number(cell.value),
            score,
            difference,
        )
        table.add_row(*map(escape, (*texts, reference)))
    return table
