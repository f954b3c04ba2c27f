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
from harness.results.comparison import compare_arms, compare_perturbed
from harness.results.records import Records, read_records
from harness.results.scores import Row, Scores
from harness.results.settings_choice import best_settings

if TYPE_CHECKING:
    from rich.console import RenderableType


def summary_view(directory: Path, store: Path) -> RenderableType:
    """The tables of a run.

    Args:
        directory: of the run.
        store: where its predictions are; gains have no interval where they are gone.

    Raises:
        NothingToShow: the run was stopped before its first score.
    """
    records = read_records(directory)
    registry = default_registry()
    stores = [store, *(Path(run.environment.store) for run in records.runs if run.environment.store)]
    scores = Scores.of(records, items=StoredItems(stores, registry))
    clean = scores.clean
    if not clean.rows:
        fix = "repeat its command to go on, or name another run"
        raise NothingToShow("the run has no scores", code="run-without-scores", where=str(directory), fix=fix)
    parts = [
        _perturbed(scores),
        list(measure_tables(records)),
        report(clean, registry),
    ]
    return Group(_targets(clean, records), *(shown for part in parts if part for shown in (Text(), *part)))


def _targets(scores: Scores, records: Records) -> RenderableType:
    """The tables of a run's main metrics."""
    shown = _main(scores)
    tables = render(compare_arms(shown), shown.rows, best_settings(shown))
    return Group(tables, *map(Text, [*_notes(shown.rows), *_interrupted(records)]))


def _perturbed(scores: Scores) -> list[RenderableType]:
    """Scores on perturbed rows beside those on clean ones."""
    perturbed = _main(scores.where(lambda row: bool(row["perturbation"])))
    if not perturbed.rows:
        return []
    both = Scores([*perturbed.rows, *scores.clean.rows], scores.items)
    return [render_perturbed(compare_perturbed(both), perturbed.rows)]


def _main(scores: Scores) -> Scores:
    """Scores by their tasks' main metrics; a run asked for one metric that is no task's main one shows that."""
    main = scores.where(lambda row: bool(row["main"]))
    return main if main.rows else scores


def _notes(rows: Iterable[Row]) -> Iterator[str]:
    """What is to be known of all scores of a model."""
    models = default_registry().models
    for name in dict.fromkeys(row["model_name"] for row in rows):
        if name in models and (note := models[name].note):
            yield f"note: {note}"


def _interrupted(records: Records) -> Iterator[str]:
    """That scores are missing, which the tables do not show where none of a target or an arm is there."""
    if records.unscored:
        missing = counted(records.unscored, "prediction")
        yield f"not finished: {missing} not scored yet; repeat the run's command to go on"
