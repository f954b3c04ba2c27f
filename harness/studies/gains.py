"""Means and gains by seed: what an answer over seeds is computed from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean

from harness.errors import SettingsError
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
        after, before: each of one arm; several scores of a task, language, metric and seed are refused.

    Raises:
        SettingsError: there are such, a task has scores by several metrics, or there is nothing that both sides have.
    """
    return {
        seed: _mean_over_tasks({pair.place: pair.after["value"] - pair.before["value"] for pair in pairs})
        for seed, pairs in paired_rows(after, before).items()
    }


@dataclass(frozen=True)
class RowPair:
    """The scores of one place and seed on two sides."""

    place: tuple[str, ...]
    after: Row
    before: Row


def paired_rows(after: Scores, before: Scores) -> dict[int, tuple[RowPair, ...]]:
    """The places that both sides have in the same seeds, in one order for each seed.

    Args and errors are those of `gains`.
    """
    mine, theirs = (side.where(_has_value).by_place((*PLACE, "seed")) for side in (after, before))
    both = mine.keys() & theirs.keys()
    metrics: dict[str, set[str]] = {}
    for task, _, metric, _ in both:
        metrics.setdefault(task, set()).add(metric)
    several = next((task for task, names in metrics.items() if len(names) > 1), None)
    if several:
        raise SettingsError(
            f"{several} has scores by {', '.join(sorted(metrics[several]))}, which cannot be averaged",
            code="several-metrics-of-a-task",
            fix='take those by its main metric: scores.where({"main": True})',
        )
    # A seed that lacks a place would be a mean of something else.
    places = sorted({place[:-1] for place in both})
    seeds = [seed for seed in sorted({place[-1] for place in both}) if all((*one, seed) in both for one in places)]
    if not seeds:
        raise SettingsError("the two sides share no scores of the same seed", code="no-shared-scores")
    return {seed: tuple(RowPair(place, mine[*place, seed], theirs[*place, seed]) for place in places) for seed in seeds}


def _mean_over_tasks(differences: Mapping[tuple[str, ...], float]) -> float:
    tasks: dict[str, list[float]] = {}
    for (task, *_), value in differences.items():
        tasks.setdefault(task, []).append(value)
    return fmean(map(fmean, tasks.values()))


def _has_value(row: Row) -> bool:
    return row["value"] is not None


def in_languages(scores: Scores, wanted: Callable[[str], bool]) -> Scores:
    """The scores in some languages."""
    return scores.where(lambda row: wanted(row["language"]))
