"""Which of an arm's settings is best, where a run has several: chosen on development rows alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean

from harness.results.scores import Scores


@dataclass(frozen=True)
class BestSettings:
    """The settings of an arm that are best for a target on development rows.

    Attributes:
        arm: what all of them are called.
        best: labels of the arm with the best settings; several where they are equally good.
        metric: that chose.
        score: mean over seeds on the development rows, in percent.
        of: how many settings the arm has; those with the same predictions are one, by the first label.
    """

    task: str
    arm: str
    best: tuple[str, ...]
    metric: str
    score: float
    of: int


def best_settings(scores: Scores) -> Iterator[BestSettings]:
    """For each target and arm with several settings, the best ones.

    A target is passed over whose development scores are by several metrics, or missing for a setting or a seed.

    Args:
        scores: of one run; values on the rows that are reported are not looked at.
    """
    for (task, arm), group in scores.groups("task", "base_label").items():
        labels = _distinct({label: own for (label,), own in group.groups("arm").items()})
        by_label = {label: _by_seed(own) for label, own in labels.items()}
        seeds = {row["seed"] for row in group.rows}
        metrics = {row["development_metric"] for row in group.rows}
        complete = all(found.keys() == seeds for found in by_label.values())
        if len(labels) < 2 or len(metrics) != 1 or not complete:
            continue
        means = {label: fmean(found.values()) for label, found in by_label.items()}
        score = max(means.values())
        best = tuple(label for label, mean in means.items() if mean == score)
        yield BestSettings(task, arm, best, metrics.pop(), score, len(labels))


def _distinct(labels: Mapping[str, Scores]) -> dict[str, Scores]:
    """Without the labels whose predictions an earlier one has: the arm does not use what they differ in."""
    found: dict[frozenset[str], str] = {}
    for label, scores in labels.items():
        found.setdefault(frozenset(row["predictions"] for row in scores.rows), label)
    return {label: labels[label] for label in found.values()}


def _by_seed(scores: Scores) -> dict[int, float]:
    """Development scores of one arm and target."""
    return {row["seed"]: row["development_score"] for row in scores.rows if row["development_score"] is not None}
