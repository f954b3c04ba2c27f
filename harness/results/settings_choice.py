"""What development rows choose, of arms or of an arm's settings; rows that are reported choose nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean

from harness.results.scores import Scores

TEST = "test"
"""The split whose rows development rows are apart from; others are reported where a task has no test rows."""


@dataclass(frozen=True)
class DevelopmentScores:
    """What chooses between arms on one target.

    Attributes:
        metric: of the development rows.
        means: mean over seeds by arm, in percent; of arms with a development score in every seed.
    """

    metric: str
    means: Mapping[str, float]

    @property
    def best(self) -> tuple[str, ...]:
        """The arms with the highest mean, in the order of the rows."""
        highest = max(self.means.values())
        return tuple(arm for arm, mean in self.means.items() if mean == highest)


def development_scores(scores: Scores, arms: Collection[str]) -> DevelopmentScores | None:
    """The development scores of one target's arms, as far as they can choose.

    Args:
        scores: of one target.
        arms: labels of those that can be chosen.

    Returns:
        None where nothing can be chosen: no arm has any in every seed, they are by several metrics, or the rows that
        are reported are not test rows, so that the development rows may be among them.
    """
    seeds = {row["seed"] for row in scores.rows}
    rows = [row for row in scores.rows if row["arm"] in arms and row["development_score"] is not None]
    metrics = {row["development_metric"] for row in rows}
    found: dict[str, dict[int, float]] = {}
    for row in rows:
        found.setdefault(row["arm"], {})[row["seed"]] = row["development_score"]
    means = {arm: fmean(by_seed.values()) for arm, by_seed in found.items() if by_seed.keys() == seeds}
    if not means or len(metrics) > 1 or any(row["split"] != TEST for row in scores.rows):
        return None
    return DevelopmentScores(metrics.pop(), means)


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

    A target is passed over whose development scores are by several metrics, or missing for a setting or a seed, and one
    whose reported rows are not test rows.

    Args:
        scores: of one run; values on the rows that are reported are not looked at.
    """
    for (task, arm), group in scores.groups("task", "base_label").items():
        labels = _distinct({label: own for (label,), own in group.groups("arm").items()})
        found = development_scores(group, labels)
        if len(labels) > 1 and found is not None and found.means.keys() == labels.keys():
            best = found.best
            yield BestSettings(task, arm, best, found.metric, found.means[best[0]], len(labels))


def _distinct(labels: Mapping[str, Scores]) -> dict[str, Scores]:
    """Without the labels whose predictions an earlier one has: the arm does not use what they differ in."""
    found: dict[frozenset[str], str] = {}
    for label, scores in labels.items():
        found.setdefault(frozenset(row["predictions"] for row in scores.rows), label)
    return {label: labels[label] for label in found.values()}
