"""Scores on two halves of the items: what picks by one half is judged by the other.

Which half an item is in follows from names alone, so that it is the same in all languages of parallel data, in all arms
and in all seeds. Items that belong together, such as the questions of a passage, are in one half: else a pick would be
judged by questions about texts that it was picked by.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from harness.errors import NothingToShow, SettingsError, counted
from harness.results.scores import Row, Scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.item_scores import ItemScores

LEAST_ITEMS = 4
"""Items of a half below which a score on it says nothing."""


@dataclass(frozen=True)
class Halves:
    """A score, or a mean of scores, on either half of the items; in the metric's unit, the higher the better."""

    first: float
    second: float


def half_scores(scores: Scores, row: Row, metric: str = "") -> Halves:
    """A score on either half of its items; that of a metric where lower is better, turned round.

    Args:
        scores: with the items behind it.
        metric: another metric than the row's, computed from its predictions.

    Raises:
        NothingToShow: its predictions are gone.
        SettingsError: a half has too few items.
    """
    found, is_first = _halved(scores, row, metric)
    sign = 1.0 if found.metric.higher_is_better else -1.0
    return Halves(sign * _value(found, is_first), sign * _value(found, ~is_first))


def first_half(scores: Scores) -> Scores:
    """The same scores on the first half of their items alone, which is what selects.

    Raises:
        NothingToShow, SettingsError: as of `half_scores`.
    """
    return _on_half(scores, first=True)


def second_half(scores: Scores) -> Scores:
    """The same scores on the second half of their items alone, which is what judges.

    Raises:
        NothingToShow, SettingsError: as of `half_scores`.
    """
    return _on_half(scores, first=False)


def _on_half(scores: Scores, *, first: bool) -> Scores:
    def items(row: Row) -> ItemScores:
        found, is_first = _halved(scores, row)
        return found.some(is_first == first)

    def scored(row: Row) -> Row:
        found = items(row)
        return {**row, "value": found.value, "n": len(found.statistics)}

    return Scores([scored(row) for row in scores.rows], items)


def _value(found: ItemScores, half: NDArray[np.bool_]) -> float:
    """The score of some of the items."""
    return float(found.metric.value(found.statistics[half].sum(axis=0).tolist(), int(half.sum())))


def _halved(scores: Scores, row: Row, metric: str = "") -> tuple[ItemScores, NDArray[np.bool_]]:
    """The items behind a score, and which of them are in the first half.

    Raises:
        NothingToShow, SettingsError: as of `half_scores`.
    """
    found = scores.items({**row, "metric": metric or row["metric"]})
    if found is None or found.items is None:
        raise NothingToShow(
            "scores on halves of the items need stored predictions, which say what their items are called",
            code="no-stored-items",
            where=f"arm {row['arm']}, seed {row['seed']}, task {row['task']}, language {row['language']}",
            fix="repeat the run's command, which makes them again",
        )
    is_first = _in_first(row["task"], _units(found))
    if min(is_first.sum(), (~is_first).sum()) < LEAST_ITEMS:
        raise SettingsError(
            f"a task with {counted(len(found.items), 'item')} cannot be halved",
            code="too-few-items",
            where=f"task {row['task']}, language {row['language']}",
            fix="score more rows, by a higher --limit or none",
        )
    return found, is_first


def mean_halves(halves: Iterable[Halves]) -> Halves:
    """The mean on either half, such as over languages."""
    found = list(halves)
    return Halves(fmean(one.first for one in found), fmean(one.second for one in found))


def _units(items: ItemScores) -> tuple[str, ...]:
    """What decides the half of each item: its name, or the first name of those that it belongs together with."""
    names = items.items or ()
    if items.clusters is None:
        return names
    first: dict[int, str] = {}
    for name, cluster in zip(names, items.clusters.tolist(), strict=True):
        first[cluster] = min(name, first.get(cluster, name))
    return tuple(first[cluster] for cluster in items.clusters.tolist())


@functools.lru_cache(maxsize=256)
def _in_first(task: str, names: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether each item is in the first half, by a hash of the task's name and of what decides."""
    import numpy as np

    digests = (hashlib.sha256(f"{task}\n{name}".encode()).digest() for name in names)
    return np.fromiter((digest[0] % 2 == 0 for digest in digests), np.bool_, len(names))
