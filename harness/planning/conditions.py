"""The conditions under which a plan scores its rows beside the clean ones: each a chain of perturbations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from harness.perturbations import Transform
from harness.planning.data import Data
from harness.planning.plan import Cell
from harness.registry import Registry


def with_conditions(
    cells: Sequence[Cell], conditions: Sequence[tuple[Transform, ...]], registry: Registry, data: Data
) -> tuple[Cell, ...]:
    """Each cell, and the same on its rows under each condition; thresholds stay those of clean rows.

    Raises:
        UserError: rows of a task cannot be changed, or not so.
    """
    return tuple(one for cell in cells for one in _of(cell, conditions, registry, data))


def diagnostic_tasks(cells: Sequence[Cell], registry: Registry) -> Mapping[str, Sequence[str]]:
    """For each condition, the tasks whose labels need not survive it; left out where there is none."""
    found: dict[str, dict[str, None]] = {}
    for cell in cells:
        task = registry.task(cell.task)
        if any(registry.perturbation(one.name).is_diagnostic(task) for one in cell.stage.rows.transforms):
            found.setdefault(cell.condition, {})[cell.task] = None
    return {condition: list(tasks) for condition, tasks in found.items()}


def _of(cell: Cell, conditions: Sequence[tuple[Transform, ...]], registry: Registry, data: Data) -> Iterator[Cell]:
    yield cell
    task, clean = registry.task(cell.task), cell.stage.rows
    for transforms in conditions:
        split = data.split(cell.task, cell.split, cell.language, transforms)
        rows = data.rows(task, split, clean.hyper, transforms)
        yield dataclasses.replace(cell, stage=dataclasses.replace(cell.stage, rows=rows))
