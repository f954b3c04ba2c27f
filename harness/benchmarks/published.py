"""Scores that others have published, from a CSV file, and the scores of a run that they can stand beside."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from harness.benchmarks.definition import benchmark
from harness.benchmarks.gains import values_of
from harness.errors import UserError
from harness.results.scores import Row

if TYPE_CHECKING:
    from harness.benchmarks.definition import Benchmark
    from harness.registry import Registry

MEAN = "mean"
"""Instead of a language: the mean over all languages of the task."""

FIX = "give a CSV file with the columns source, protocol, model, task, metric, language, value, as docs/published.csv"


@dataclass(frozen=True)
class Published:
    """A published score.

    Attributes:
        source: where it is published.
        protocol: how it came about.
        metric: by the name that the benchmark's scorer prints, such as f1.
        language: ISO 639 code, or "mean".
        value: in percent.
    """

    source: str
    protocol: str
    model: str
    task: str
    metric: str
    language: str
    value: float


@dataclass(frozen=True)
class Beside:
    """A published score and that of an arm.

    Attributes:
        score: of the arm, over several seeds their mean; None where it is a mean and languages are missing.
        n, of: languages that the run has, of those that the benchmark has; 1 of 1 for a score in one language.
    """

    published: Published
    arm: str
    score: float | None
    n: int
    of: int

    @property
    def difference(self) -> float | None:
        """The run's score less the published one."""
        return None if self.score is None else self.score - self.published.value


def read_published(path: Path) -> list[Published]:
    """All rows of a file.

    Raises:
        UserError: it cannot be read, lacks a column, or has a value that is no percentage.
    """
    names = [one.name for one in fields(Published)]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            lacking = [name for name in names if name not in (reader.fieldnames or ())]
            if lacking:
                raise UserError(
                    f"no column {', '.join(lacking)}", code="not-published-scores", where=str(path), fix=FIX
                )
            return [_published(row, f"{path}:{reader.line_num}") for row in reader]
    except (OSError, UnicodeError, csv.Error) as error:
        raise UserError(f"cannot be read: {error}", code="not-published-scores", where=str(path), fix=FIX) from error


def _published(row: dict[str, str | None], where: str) -> Published:
    texts = {one.name: (row[one.name] or "").strip() for one in fields(Published)}
    try:
        value = float(texts.pop("value"))
    except ValueError:
        value = math.nan
    empty = [name for name, text in texts.items() if not text]
    if empty or not 0 <= value <= 100:
        what = f"no {', '.join(empty)}" if empty else f"the value {row['value']!r} is no percentage"
        raise UserError(
            what, code="not-published-scores", where=where, fix="write all columns, and the value in percent"
        )
    return Published(**texts, value=value)


def beside(rows: Sequence[Row], published: Sequence[Published], registry: Registry) -> Iterator[Beside]:
    """Each published score with that of each arm of a run, where the run has the task, the metric and the language.

    Args:
        rows: scores of a run on clean rows of published data.
    """
    benchmarks = [benchmark(name, registry) for name in registry.data["benchmarks"]]
    arms = dict.fromkeys(str(row["arm"]) for row in rows)
    values = {
        (one.name, arm): values_of([row for row in rows if row["arm"] == arm], one)
        for one in benchmarks
        for arm in arms
    }
    for cell in published:
        of = _of(cell, benchmarks)
        if of is None:
            continue
        name, task = next((name, task) for name, task in of.tasks.items() if task.name == cell.task)
        for arm in arms:
            scores = values[of.name, arm].get(name, {}).get(cell.metric, {})
            if cell.language == MEAN and scores:
                whole = len(scores) == len(task.languages)
                yield Beside(cell, arm, fmean(scores.values()) if whole else None, len(scores), len(task.languages))
            elif cell.language in scores:
                yield Beside(cell, arm, scores[cell.language], 1, 1)


def _of(cell: Published, benchmarks: Sequence[Benchmark]) -> Benchmark | None:
    """The first benchmark that has the task with a metric of that name."""
    for one in benchmarks:
        task = one.named(cell.task)
        if task and cell.metric in task.metrics:
            return one
    return None
