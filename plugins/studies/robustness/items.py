"""What perturbations do to single items: which flip, in which languages all are right, and where it is worst."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from harness_plugins.studies.robustness.cells import CLEAN, BySeed, Cells, Place

from harness import studykit

RIGHT = 0.5
"""What an item scores at least that counts as right, where part of a point is given."""


def by_task(cells: Cells, places: Iterable[Place], of: Callable[[int, str, list[Place]], float | None]) -> BySeed:
    """The mean over tasks of something, by seed; nothing where no task has it.

    Args:
        of: gives it from a seed, a task and its places, or None.
    """
    tasks: dict[str, list[Place]] = {}
    for place in places:
        tasks.setdefault(place[0], []).append(place)
    found = {}
    for seed in cells.seeds:
        known = [value for task, own in tasks.items() if (value := of(seed, task, own)) is not None]
        if known:
            found[seed] = fmean(known)
    return found


def flips(cells: Cells, arm: str, places: Iterable[Place]) -> BySeed:
    """Percent of items whose outcome a perturbation changes, right to wrong or wrong to right.

    Where an item can have part of a point, it is the mean absolute change.
    """

    def of(seed: int, task: str, own: list[Place]) -> float:
        changes = []
        for place in own:
            before = cells.items(arm, seed, place)
            for name in cells.pooled(task):
                after = cells.items(arm, seed, place, name)
                changes.append(fmean(abs(one - other) for one, other in zip(before, after, strict=True)))
        return 100 * fmean(changes)

    return by_task(cells, places, of)


def worst_language(cells: Cells, arm: str, places: Iterable[Place]) -> BySeed:
    """The lowest perturbed score of any language, in the mean over conditions."""

    def of(seed: int, task: str, own: list[Place]) -> float:
        return min(fmean(cells.value(arm, seed, place, name) for name in cells.pooled(task)) for place in own)

    return by_task(cells, places, of)


def worst_quarter(cells: Cells, arm: str, places: Iterable[Place]) -> BySeed:
    """The mean over the quarter of languages and conditions where perturbed scores are lowest (CVaR)."""

    import numpy as np

    def of(seed: int, task: str, own: list[Place]) -> float:
        values = [cells.value(arm, seed, place, name) for place in own for name in cells.pooled(task)]
        return float(studykit.worst_quarter_mean(np.array([values], np.float64))[0])

    return by_task(cells, places, of)


def all_right(cells: Cells, arm: str, places: Iterable[Place], *, clean: bool) -> BySeed:
    """Percent of parallel items that are right in all languages; of perturbed rows the mean over conditions."""
    return _agreement(cells, arm, places, clean, lambda rows: 100 * fmean(all(row) for row in rows))


def kappa(cells: Cells, arm: str, places: Iterable[Place], *, clean: bool) -> BySeed:
    """How far languages agree on which parallel items are right, beyond what their scores make likely (Fleiss 1971)."""
    return _agreement(cells, arm, places, clean, _fleiss_kappa)


def _agreement(
    cells: Cells,
    arm: str,
    places: Iterable[Place],
    clean: bool,
    of_items: Callable[[list[list[bool]]], float | None],
) -> BySeed:
    def of(seed: int, task: str, own: list[Place]) -> float | None:
        if len(own) < 2:
            return None
        names = [cells.names(place) for place in own]
        at = [{name: number for number, name in enumerate(each)} for each in names]
        shared = [name for name in names[0] if all(name in where for where in at)]
        found = []
        for condition in [CLEAN] if clean else cells.pooled(task):
            scored = [cells.items(arm, seed, place, condition) for place in own]
            rows = [[items[where[name]] >= RIGHT for items, where in zip(scored, at, strict=True)] for name in shared]
            found.append(of_items(rows) if rows else None)
        known = [value for value in found if value is not None]
        return fmean(known) if known else None

    return by_task(cells, places, of)


def _fleiss_kappa(rows: Sequence[Sequence[bool]]) -> float | None:
    try:
        return float(studykit.fleiss_kappa(rows))
    except studykit.CannotConclude:
        return None
