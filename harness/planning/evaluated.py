"""Which tasks an evaluation scores: those that are named, or all that a metric scores and the data have rows of."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from harness.config import Settings, select_tasks
from harness.errors import DataError, SettingsError
from harness.registry import Registry
from harness.sources.base import Source

SCORED = ("test", "validation")


def evaluated_tasks(
    registry: Registry, names: Sequence[str], metric: str | None
) -> tuple[tuple[str, ...], Mapping[str, str] | None]:
    """The tasks to score, and the metric of each where one is asked for.

    Args:
        names: task and suite names; without any, every task that the metric scores is meant.

    Raises:
        UnknownName: there is no such task, suite or metric.
        SettingsError: nothing is asked for, or the metric does not score a task that is named.
    """
    metrics = registry.scored_by(metric) if metric else None
    if not names and metrics is None:
        raise SettingsError("nothing to score", code="nothing-to-score", fix="give --tasks, --suite or --metric")
    targets = select_tasks(registry, names, all_means="xtreme") if names else tuple(metrics or ())
    unscored = [task for task in targets if metrics is not None and task not in metrics]
    if unscored or not targets:
        fix = f"it scores {', '.join(metrics)}" if metrics else "`xharness ls metrics` shows which task has which"
        raise SettingsError(
            f"{metric} does not score {', '.join(unscored) or 'any task'}", code="metric-scores-nothing", fix=fix
        )
    return targets, metrics


def with_rows(settings: Settings, registry: Registry, source: Source) -> Settings:
    """Settings without the targets of which the data have no rows, where a metric and not the user named them.

    Args:
        source: of the data.

    Raises:
        DataError: none is left.
    """
    found = tuple(t for t in settings.target if any(source.languages(registry.task(t), s) for s in SCORED))
    if not found:
        raise DataError(
            f"no rows of {', '.join(settings.target)} to score",
            code="no-rows-to-score",
            where=settings.data,
            fix="give other data: --data DIR",
        )
    return dataclasses.replace(settings, target=found)
