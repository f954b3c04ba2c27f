"""The conditions under which a plan scores its rows beside the clean ones: each a chain of perturbations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from harness.perturbations import Transform
from harness.planning.data import Data
from harness.planning.plan import Scoring
from harness.registry import Registry


def with_conditions(
    scorings: Sequence[Scoring], conditions: Sequence[tuple[Transform, ...]], registry: Registry, data: Data
) -> tuple[Scoring, ...]:
    """Each scoring, and the same on its rows under each condition; thresholds stay those of clean rows.

    Raises:
        UserError: rows of a task cannot be changed, or not so.
    """
    return tuple(one for scoring in scorings for one in _of(scoring, conditions, registry, data))


def _of(
    scoring: Scoring, conditions: Sequence[tuple[Transform, ...]], registry: Registry, data: Data
) -> Iterator[Scoring]:
    yield scoring
    task, clean = registry.task(scoring.task), scoring.stage.rows
    for transforms in conditions:
        split = data.split(scoring.task, scoring.split, scoring.language, transforms)
        rows = data.rows(task, split, clean.hyper, transforms)
        yield dataclasses.replace(scoring, stage=dataclasses.replace(scoring.stage, rows=rows))
