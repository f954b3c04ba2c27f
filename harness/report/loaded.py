"""A run as its summary and its report read it: its records, those of its evaluations, and their scores together."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import NothingToShow
from harness.evaluation.predictions import Columns
from harness.evaluation.stored_items import StoredItems
from harness.registry import default_registry
from harness.results.comparison import Comparison, compare_arms
from harness.results.find import StoredRun
from harness.results.joined import RUN, joined, main_scores, with_evaluations
from harness.results.records import Records, read_records
from harness.results.references import check_against
from harness.results.runs import described, repeat
from harness.results.scores import Row, Scores


@dataclass(frozen=True)
class LoadedRun:
    """A run that has scores.

    Attributes:
        records: of the run itself.
        read: these, then those of its evaluations with the same settings.
        belonging: what belongs to the run, the oldest first.
        scores: of all of them, each place once.
        stored: what items scored and what was predicted, as far as it is in a store.
    """

    records: Records
    read: Sequence[Records]
    belonging: Sequence[StoredRun]
    scores: Scores
    stored: StoredItems

    @property
    def directory(self) -> Path:
        """Of the run."""
        return self.records.directory

    @property
    def name(self) -> str:
        """The name that it was given, or else its directory's."""
        return described(self.directory).name or self.directory.name

    def predictions(self, row: Row) -> Columns | None:
        """The predictions behind a score; None where they are gone."""
        return self.stored.predictions(row)

    @functools.cached_property
    def main(self) -> Scores:
        """Scores on clean rows of kept checkpoints, by their tasks' main metrics."""
        return main_scores(self.scores.clean)

    @functools.cached_property
    def own(self) -> Scores:
        """Those of `main` that are the run's own: what it was asked for beforehand, without later evaluations."""
        return self.main.where(lambda row: row[RUN] == str(self.directory))

    @functools.cached_property
    def comparisons(self) -> list[Comparison]:
        """Those of `main`, arm by arm with what it is compared with."""
        return compare_arms(self.main)

    @functools.cached_property
    def own_comparisons(self) -> list[Comparison]:
        """Those of `own` likewise."""
        return self.comparisons if len(self.own.rows) == len(self.main.rows) else compare_arms(self.own)


def load_run(
    directory: Path, store: Path, belonging: Sequence[StoredRun] = (), against: str | None = None
) -> LoadedRun:
    """Read a run.

    Args:
        store: where its predictions are; gains have no interval where they are gone.
        belonging: see `LoadedRun`; scores of evaluations with other settings stay apart.
        against: label of the arm that gains are against, instead of the run's own.

    Raises:
        NothingToShow: the run was stopped before its first score.
        UnknownName: the run has no arm of that label.
    """
    records = read_records(directory)
    read = with_evaluations(records, belonging)
    stores = [store, *(Path(run.environment.store) for one in read for run in one.runs if run.environment.store)]
    check_against(against, records.arms.values())
    stored = StoredItems(stores, default_registry())
    scores = joined(Scores.of(*read, items=stored, against=against))
    if not scores.clean.rows:
        fix = f"to resume it: {repeat(directory, described(directory))}"
        raise NothingToShow("the run has no scores", code="run-without-scores", where=str(directory), fix=fix)
    return LoadedRun(records, read, belonging, scores, stored)
