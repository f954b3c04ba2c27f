"""The summary of a run as trackers take it: tables of numbers and figures, from its records and stored predictions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.documents.figures import Forest, Point
from harness.documents.markdown import markdown
from harness.documents.parts import Cell, Table
from harness.documents.svg import draw
from harness.outputs import portable_name
from harness.report.loaded import load_run
from harness.results.comparison import UNIT, Comparison, Estimate, Mean
from harness.results.find import belonging
from harness.results.mean_rows import mean_rows
from harness.results.runs import STORE, home_of
from harness.results.words import number
from harness.statistics.conclusion import MARGIN

if TYPE_CHECKING:
    from harness.results.comparison import Line

VALUES = ("score", "low", "high")
COLUMNS = ("language", *VALUES, "n", "marks")
GAINS = ("baseline", "baseline low", "baseline high", "gain", "gain low", "gain high")
"""Columns beside those of scores, where there is an arm to compare with."""


@dataclass(frozen=True)
class SummaryTable:
    """One target by its main metric after one arm: a row per language, then means over languages.

    Attributes:
        name: a part of a path.
        title: in words.
        rows: a value for each column, None where there is none; scores, gains and ends of intervals in their unit.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | int | None, ...], ...]

    def markdown(self) -> str:
        """The table in GitHub's dialect, with one decimal place."""
        rows = tuple(tuple(Cell(text=_shown(value)) for value in row) for row in self.rows)
        return markdown([Table(self.title, self.columns, rows)], [])


@dataclass(frozen=True)
class SummaryFigure:
    """Gains by language, one below the other, and a band of those in percent that are too small to matter.

    Attributes:
        name: a part of a path.
        svg: the figure as a document of its own.
    """

    name: str
    svg: str


@dataclass(frozen=True)
class RunSummary:
    """What a run has found."""

    tables: tuple[SummaryTable, ...]
    figures: tuple[SummaryFigure, ...]


def summarize_run(directory: Path) -> RunSummary:
    """The scores of a run and its evaluations on clean rows, beside those of the arm that gains are against.

    Args:
        directory: of the run.

    Raises:
        NothingToShow: it has no scores.
        StoreError: a record cannot be read.
    """
    run = load_run(directory, home_of(directory, directory.parent) / STORE, belonging(directory))
    return RunSummary(
        tuple(_table(one) for one in run.comparisons), tuple(_figure(one) for one in run.comparisons if _has_gains(one))
    )


def _table(comparison: Comparison) -> SummaryTable:
    compared = _has_gains(comparison)
    unit = f"{comparison.task}: {comparison.metric}, {comparison.unit}, {comparison.arm}"
    title = f"{unit}, against {comparison.against}" if compared else unit
    columns = (*COLUMNS[:-2], *GAINS, *COLUMNS[-2:]) if compared else COLUMNS
    rows = [_row(line, compared=compared) for line in comparison.lines]
    return SummaryTable(_name(comparison), title, columns, (*rows, *_means(comparison, compared=compared)))


def _row(line: Line, *, compared: bool) -> tuple[str | float | int | None, ...]:
    found = [line.score, *([line.baseline, line.gain] if compared else [])]
    return (line.language, *(value for one in found for value in _values(one)), line.n, ", ".join(sorted(line.marks)))


def _means(comparison: Comparison, *, compared: bool) -> Iterator[tuple[str | float | int | None, ...]]:
    """Means over languages; their `n` counts languages."""
    for name, mean in mean_rows(comparison).items():
        score = mean("score")
        found = [score, *([mean("baseline"), mean("gain")] if compared else [])]
        yield (name, *(value for one in found for value in _values(one)), score.n if score else 0, "")


def _values(found: Estimate | Mean | None) -> tuple[float | None, float | None, float | None]:
    """A value and the ends of its interval."""
    if found is None:
        return (None, None, None)
    return (found.value, *((found.interval.low, found.interval.high) if found.interval else (None, None)))


def _figure(comparison: Comparison) -> SummaryFigure:
    title = f"{comparison.task}: gain in {comparison.metric}, {comparison.arm} against {comparison.against}"
    gains = {line.language: line.gain for line in comparison.lines}
    values = {language: _values(gain) for language, gain in gains.items()}
    points = tuple(
        Point(y=value, low=low, high=high, label=language)
        for language, (value, low, high) in values.items()
        if value is not None
    )
    in_percent = comparison.unit == UNIT
    forest = Forest(
        title=title,
        unit="points" if in_percent else comparison.unit,
        points=points,
        margin=MARGIN if in_percent else None,
    )
    return SummaryFigure(f"{_name(comparison)}-gain", draw(forest))


def _has_gains(comparison: Comparison) -> bool:
    return any(line.gain for line in comparison.lines)


def _name(comparison: Comparison) -> str:
    return portable_name(f"{comparison.task}-{comparison.metric}-{comparison.arm}")


def _shown(value: str | float | int | None) -> str:
    if value is None:
        return "-"
    return number(value) if isinstance(value, float) else str(value)
