"""A run's summary as it is shown: each target's tables, then what they come to over all targets."""

from __future__ import annotations

from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from harness.benchmarks.report import report
from harness.evaluation.review import summary_of
from harness.registry import default_registry
from harness.results.records import flat_scores


def summary_view(directory: Path, store: Path) -> RenderableType:
    """The tables of a run.

    Args:
        directory: of the run.
        store: where its predictions are; gains have no interval where they are gone.

    Raises:
        NothingToShow: the run was stopped before its first score.
    """
    targets = summary_of(directory, store)
    tables = report(flat_scores(directory), default_registry())
    return Group(targets, Text(), *tables) if tables else targets
