"""The summary of a run, from its records and stored predictions alone.

First each target's tables, then what they come to over all targets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from harness.errors import NothingToShow, counted
from harness.evaluation.stored_items import StoredItems
from harness.registry import default_registry
from harness.report.benchmark_tables import report
from harness.report.measure_tables import measure_tables
from harness.report.target_tables import render, render_perturbed
from harness.results.comparison import Row, compare, compare_perturbed
from harness.results.records import flat_measures, flat_scores, perturbed_scores, unscored

if TYPE_CHECKING:
    from rich.console import RenderableType

    from harness.statistics.intervals import Interval


def summary_view(directory: Path, store: Path) -> RenderableType:
    """The tables of a run.

    Args:
        directory: of the run.
        store: where its predictions are; gains have no interval where they are gone.

    Raises:
        NothingToShow: the run was stopped before its first score.
    """
    targets = summary_of(directory, store)
    perturbed = _perturbed(directory, store)
    tables = report(flat_scores(directory), default_registry())
    measures = list(measure_tables(flat_measures(directory)))
    parts = [part for part in (perturbed, measures, tables) if part]
    return Group(targets, *(shown for part in parts for shown in (Text(), *part)))


def summary_of(directory: Path, store: Path) -> RenderableType:
    """The tables of a run's main metrics.

    Args:
        directory: of the run.
        store: where its predictions are; gains have no interval where they are gone.

    Raises:
        NothingToShow: the run was stopped before its first score.
    """
    scores = flat_scores(directory)
    if not scores:
        fix = "repeat its command to go on, or name another run"
        raise NothingToShow("the run has no scores", code="run-without-scores", where=str(directory), fix=fix)
    # A run asked for one metric that is no task's main one shows that.
    rows = [row for row in scores if row["main"]] or scores
    tables = render(compare(rows, _Pairs(store).interval), rows)
    return Group(tables, *map(Text, [*_notes(rows), *_interrupted(directory)]))


def _perturbed(directory: Path, store: Path) -> list[RenderableType]:
    """Scores on perturbed rows beside those on clean ones."""
    found = perturbed_scores(directory)
    rows = [row for row in found if row["main"]] or found
    clean = flat_scores(directory)
    return [render_perturbed(compare_perturbed(rows, clean, _Pairs(store).of_same_items), rows)] if rows else []


def _notes(rows: Iterable[Row]) -> Iterator[str]:
    """What is to be known of all scores of a model."""
    models = default_registry().models
    for name in dict.fromkeys(row["model_name"] for row in rows):
        if name in models and (note := models[name].note):
            yield f"note: {note}"


def _interrupted(directory: Path) -> Iterator[str]:
    """That scores are missing, which the tables do not show where none of a target or an arm is there."""
    missing = unscored(directory)
    if missing:
        yield f"not finished: {counted(missing, 'prediction')} not scored yet; repeat the run's command to go on"


class _Pairs:
    """Paired intervals from stored predictions, each read once."""

    def __init__(self, store: Path) -> None:
        self._items = StoredItems(store, default_registry())

    def interval(self, row: Row, baseline: Row) -> Interval | None:
        """Interval of a score minus its baseline's; None where predictions are gone or are not of the same items."""
        return self.of_same_items(row, baseline) if row["data"] == baseline["data"] else None

    def of_same_items(self, row: Row, baseline: Row) -> Interval | None:
        """The same where the rows are known to be of the same items, whatever was done to them."""
        mine, theirs = self._items(row), self._items(baseline)
        if mine is None or theirs is None:
            return None
        mine, theirs = mine.paired(theirs)
        return mine.gain_interval(theirs)
