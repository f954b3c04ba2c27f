"""Means and gains by seed: what an answer over seeds is computed from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from harness.errors import SettingsError
from harness.results.comparison import ROUNDING
from harness.results.schema import ARM, SEED
from harness.results.scores import Row, Scores

PLACE = ("task", "language", "metric")


def means(scores: Scores) -> dict[int, float]:
    """The mean over the languages of each task and then over tasks, for each seed.

    Args:
        scores: of one arm, by the main metrics of their tasks; rows without value are left out.
    """
    by_seed: dict[int, dict[str, list[float]]] = {}
    for row in scores.rows:
        if row["value"] is not None:
            by_seed.setdefault(row["seed"], {}).setdefault(row["task"], []).append(row["value"])
    return {seed: fmean(map(fmean, tasks.values())) for seed, tasks in sorted(by_seed.items())}


def gains(after: Scores, before: Scores) -> dict[int, float]:
    """One difference of means per seed, after minus before, over the places and seeds that both have.

    Args:
        after, before: each of one arm, or of several, whose mean is taken; several scores of an arm, task, language,
            metric and seed are refused.

    Raises:
        SettingsError: there are such, a task has scores by several metrics, or there is nothing that both sides have.
    """
    return differences(weighted_rows(after, before))


@dataclass(frozen=True)
class WeightedRow:
    """A score, and how much it counts in a difference of means."""

    row: Row
    weight: float


Weighted = Mapping[int, Sequence[WeightedRow]]
"""By seed, what is summed up."""


def differences(weighted: Weighted) -> dict[int, float]:
    """The weighted sum of each seed's scores; 0 where it is 0 but for rounding."""
    sums = {seed: math.fsum(one.weight * one.row["value"] for one in rows) for seed, rows in weighted.items()}
    return {seed: 0.0 if abs(found) <= ROUNDING else found for seed, found in sums.items()}


def weighted_rows(after: Scores, before: Scores) -> dict[int, tuple[WeightedRow, ...]]:
    """What `gains` sums up: the mean over languages of each task, then over tasks and arms, of one side minus another.

    Args and errors are those of `gains`.
    """
    sides = [side.where(_has_value).by_place((ARM, *PLACE, SEED)) for side in (after, before)]
    arms = [tuple(dict.fromkeys(arm for arm, *_ in side)) for side in sides]
    had = [
        set.intersection(*({tuple(rest) for own, *rest in side if own == arm} for arm in names)) if names else set()
        for side, names in zip(sides, arms, strict=True)
    ]
    both = had[0] & had[1]
    _check_metrics(both)
    # A seed that lacks a place would be a mean of something else.
    places = sorted({place[:-1] for place in both})
    seeds = [seed for seed in sorted({place[-1] for place in both}) if all((*one, seed) in both for one in places)]
    if not seeds:
        raise SettingsError("the two sides share no scores of the same seed", code="no-shared-scores")
    languages = Counter(task for task, *_ in places)
    return {
        seed: tuple(
            WeightedRow(side[arm, *place, seed], sign / len(names) / languages[place[0]] / len(languages))
            for side, names, sign in zip(sides, arms, (1.0, -1.0), strict=True)
            for arm in names
            for place in places
        )
        for seed in seeds
    }


def _check_metrics(places: Iterable[tuple[Any, ...]]) -> None:
    """Refuse several metrics of a task.

    Raises:
        SettingsError: there are such.
    """
    metrics: dict[str, set[str]] = {}
    for task, _, metric, _ in places:
        metrics.setdefault(task, set()).add(metric)
    several = next((task for task, names in metrics.items() if len(names) > 1), None)
    if several:
        raise SettingsError(
            f"{several} has scores by {', '.join(sorted(metrics[several]))}, which cannot be averaged",
            code="several-metrics-of-a-task",
            fix='take those by its main metric: scores.where({"main": True})',
        )


def _has_value(row: Row) -> bool:
    return row["value"] is not None


def in_languages(scores: Scores, wanted: Callable[[str], bool]) -> Scores:
    """The scores in some languages."""
    return scores.where(lambda row: wanted(row["language"]))
