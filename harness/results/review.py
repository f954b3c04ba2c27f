"""The summary of a run, from its records and stored predictions alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.evaluation import predictions
from harness.evaluation.score import ItemScores, item_scores
from harness.registry import default_registry
from harness.results.comparison import Row, compare
from harness.results.records import flat_scores
from harness.results.summary import render

if TYPE_CHECKING:
    from rich.console import RenderableType

    from harness.statistics.intervals import Interval


def summary_of(directory: Path, store: Path) -> RenderableType:
    """The tables of a run's main metrics.

    Args:
        directory: of the run.
        store: where its predictions are; gains have no interval where they are gone.
    """
    rows = [row for row in flat_scores(directory) if row["main"]]
    # A run asked for one metric that is no task's main one shows that.
    rows = rows or flat_scores(directory)
    return render(compare(rows, _Pairs(store).interval), rows)


class _Pairs:
    """Paired intervals from stored predictions, each read once."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._scores: dict[tuple[str, str], ItemScores | None] = {}

    def interval(self, row: Row, baseline: Row) -> Interval | None:
        """Interval of a score minus its baseline's; None where predictions are gone or are not of the same items."""
        mine, theirs = self._of(row), self._of(baseline)
        if mine is None or theirs is None or mine.statistics.shape != theirs.statistics.shape:
            return None
        return mine.gain_interval(theirs)

    def _of(self, row: Row) -> ItemScores | None:
        key = (row["predictions"], row["metric"])
        if key not in self._scores:
            directory = self._store / "predict" / row["predictions"]
            found = (directory / predictions.FILE).is_file()
            metric = default_registry().metric(row["metric"])
            self._scores[key] = item_scores(metric, predictions.read(directory)) if found else None
        return self._scores[key]
