"""Scores as sums over what is drawn together: one item, a passage with its questions, an item in all its languages."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.statistics.refusal import CannotConclude

Value = Callable[[Sequence[float], int], float]
"""A score from the sums of an item's numbers and the number of items, as `Metric.value`."""

CHECKED = 50
"""Samples whose scores are computed one by one, too, to see that arrays of sums give the same."""

Floats = npt.NDArray[np.float64]

Combine = Callable[[Floats], Floats]
"""From scores (samples, parts) to one number per sample, such as their mean."""


def mean(scores: Floats) -> Floats:
    """The mean over parts, such as languages."""
    return np.asarray(scores.mean(axis=1), dtype=np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One score and the items that it is of, such as those of one task in one language.

    Attributes:
        statistics: (n, k) numbers, one row per item.
        value: the score from k sums and the number of items.
        units: (n,) labels of what is drawn together: the passage of a question, or the name of an item that other
            languages have, too. None where each item is drawn by itself.
        population: parts of one population share their units: a unit that is drawn is drawn in all of them, as the
            items of parallel data are. Parts without units, and those of other populations, are drawn apart.
    """

    statistics: npt.ArrayLike
    value: Value
    units: Iterable[Hashable] | None = None
    population: Hashable = ""


@dataclass(frozen=True, eq=False)
class Population:
    """What several parts share.

    Attributes:
        table: (units, columns) sums over the items of a unit; of each part its k numbers, then how many items it has.
        columns: of each part by its place, its first column and that of its number of items.
    """

    table: Floats
    columns: dict[int, tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Parts:
    """Several scores by the populations that they are drawn from."""

    parts: tuple[Part, ...]
    populations: tuple[Population, ...]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Parts:
        """Sort parts by population.

        Raises:
            CannotConclude: no parts, a part without items, numbers that are not finite.
            ValueError: statistics that are not rows of numbers, or other labels than items.
        """
        if not parts:
            raise CannotConclude("no scores, so nothing can be said of them")
        shared: dict[Hashable, list[int]] = {}
        for place, part in enumerate(parts):
            shared.setdefault((place,) if part.units is None else ("", part.population), []).append(place)
        populations = tuple(_population([(place, parts[place]) for place in places]) for places in shared.values())
        return cls(tuple(parts), populations)

    def scores(self, population: Population, sums: Floats, scores: Floats) -> None:
        """Write the scores of a population's parts, given sums (samples, columns), into (samples, parts).

        A sample that leaves a part without items has nan there.
        """
        for place, (first, last) in population.columns.items():
            counts = np.rint(sums[:, last]).astype(np.int64)
            scores[:, place] = _scored(self.parts[place].value, sums[:, first:last], counts)

    def whole(self) -> Floats:
        """The scores themselves: (1, parts)."""
        scores = np.empty((1, len(self.parts)))
        for population in self.populations:
            self.scores(population, population.table.sum(axis=0, keepdims=True), scores)
        return scores


def _scored(value: Value, sums: Floats, counts: npt.NDArray[np.int64]) -> Floats:
    """The scores of samples, nan of those without items; all at once where the formula takes arrays."""
    if len(counts) > CHECKED and counts.all():
        found = _at_once(value, sums, counts)
        if found is not None:
            return found
    return np.array(_one_by_one(value, sums, counts))


def _at_once(value: Value, sums: Floats, counts: npt.NDArray[np.int64]) -> Floats | None:
    """The same by arrays of sums; None where that fails, or gives other scores than one by one in what is checked."""
    try:
        with np.errstate(all="ignore"):
            found: Any = value(list(sums.T), counts)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001  (a formula for numbers may do anything with arrays)
        return None
    checked = np.linspace(0, len(counts) - 1, CHECKED).astype(np.int64)
    if not isinstance(found, np.ndarray) or found.shape != counts.shape:
        return None
    return found if _one_by_one(value, sums[checked], counts[checked]) == found[checked].tolist() else None


def _one_by_one(value: Value, sums: Floats, counts: npt.NDArray[np.int64]) -> list[float]:
    return [value(row, n) if n else np.nan for row, n in zip(sums.tolist(), counts.tolist(), strict=True)]


def _population(members: Sequence[tuple[int, Part]]) -> Population:
    rows = [(place, _rows(part.statistics), part.units) for place, part in members]
    places: dict[Hashable, int] = {}
    of_rows = []
    known: dict[int, list[int]] = {}
    for _, numbers, units in rows:
        # The two sides of a gain have the same units.
        index = known.get(id(units)) if units is not None else None
        if index is None:
            labels = range(len(numbers)) if units is None else _labels(units)
            index = [places.setdefault(label, len(places)) for label in labels]
            known[id(units)] = index
        if len(index) != len(numbers):
            raise ValueError(f"{len(index)} labels of units for {len(numbers)} items")
        of_rows.append(index)
    columns: dict[int, tuple[int, int]] = {}
    table = np.zeros((len(places), sum(numbers.shape[1] + 1 for _, numbers, _ in rows)))
    first = 0
    for (place, numbers, _), index in zip(rows, of_rows, strict=True):
        last = first + numbers.shape[1]
        columns[place] = (first, last)
        np.add.at(table[:, first : last + 1], index, np.hstack([numbers, np.ones((len(numbers), 1))]))
        first = last + 1
    return Population(table, columns)


def _labels(units: Iterable[Hashable]) -> Sequence[Hashable]:
    return units.tolist() if isinstance(units, np.ndarray) else list(units)


def _rows(statistics: npt.ArrayLike) -> Floats:
    rows = np.asarray(statistics, dtype=np.float64)
    if rows.ndim != 2:
        raise ValueError(f"statistics are one row of numbers per item, not an array of shape {rows.shape}")
    if not rows.size:
        raise CannotConclude("no items, so nothing can be said of others like them")
    if not np.isfinite(rows).all():
        raise CannotConclude("some items have numbers that are not finite, so nothing can be computed from them")
    return rows
