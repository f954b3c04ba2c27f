"""Published scores beside those of a run, each with its protocol; they are no part of any mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.benchmarks.published import Beside, beside, read_published
from harness.documents.parts import Paragraph, Part, Table, row_of
from harness.errors import counted
from harness.results.scores import Row
from harness.results.words import number, row_arms
from harness.sources.base import generated_source

if TYPE_CHECKING:
    from harness.registry import Registry


def published_tables(rows: Sequence[Row], path: Path, registry: Registry, *, comparable: bool = False) -> list[Part]:
    """A table a task and metric, and below them what each number in brackets stands for.

    Args:
        rows: scores of a run on clean rows, by its main metrics and others.
        path: of the file with published scores.
        comparable: leave out those that no score of the run stands beside.

    Raises:
        UserError: the file cannot be used.
    """
    published = read_published(path)
    if generated_source(rows[0]["source"], registry):
        return [Paragraph(f"{path.name}: nothing stands beside scores on generated rows")]
    found = list(beside(rows, published, registry))
    every = len(found)
    if comparable:
        found = [one for one in found if one.score is not None]
    left_out = every - len(found)
    if not found:
        scores = counted(len(published), "published score")
        return [Paragraph(f"{path.name}: none of {scores} is of a task of this run")]
    arms = row_arms(rows)
    origins = list(dict.fromkeys((one.published.protocol, one.published.source) for one in found))
    parts: list[Part] = []
    for task, metric in dict.fromkeys((one.published.task, one.published.metric) for one in found):
        own = [one for one in found if (one.published.task, one.published.metric) == (task, metric)]
        parts.append(_table(f"{task}: {metric}, percent, beside {path.name}", own, arms, origins))
    parts += [Paragraph(f"[{i}] {protocol} ({source})") for i, (protocol, source) in enumerate(origins, start=1)]
    if any(one.score is None for one in found):
        parts.append(Paragraph("(n/m): n of the m languages are there, so no mean stands beside theirs."))
    if left_out:
        parts.append(Paragraph(f"Left out: {counted(left_out, 'published score')} of more languages than the run has."))
    limited = any(row["limited"] or row["stand_in"] for row in rows)
    parts.append(Paragraph("Published scores are of others' rows, seeds and settings, and in no mean of this run."))
    parts += [Paragraph("This run is of part of the rows, or of stand-ins: see the marks above.")] if limited else []
    return parts


def _table(title: str, own: Sequence[Beside], arms: dict[str, str], origins: Sequence[tuple[str, str]]) -> Table:
    several = len(arms) > 1
    words = ("model", "language", *(["arm"] if several else []))
    rows = []
    for one in own:
        cell = one.published
        score = f"- ({one.n}/{one.of})" if one.score is None else number(one.score)
        difference = "-" if one.difference is None else number(one.difference, signed=True)
        reference = f"[{origins.index((cell.protocol, cell.source)) + 1}]"
        of_arm = [arms[one.arm]] if several else []
        rows.append(row_of(cell.model, cell.language, *of_arm, number(cell.value), score, difference, reference))
    columns = (*words, "published", "score", "difference", "")
    places = range(len(columns))
    return Table(title, columns, tuple(rows), words=tuple(places[1 : len(words)]), whole=tuple(places[len(words) :]))
