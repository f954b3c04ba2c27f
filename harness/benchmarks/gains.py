"""What intermediate tasks gain over several targets, from the scores of runs: on average, and the best for each target.

The two headline numbers of Phang et al. 2020. A target's score is what its benchmark says (of question answering the
mean of exact match and F1), its main metric where no benchmark has it, averaged over the languages that were scored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from harness.arms import NONE
from harness.benchmarks.aggregate import Values
from harness.benchmarks.definition import Benchmark, benchmark
from harness.results.comparison import PERCENT, PERCENT_GAIN, UNIT, Bounds, Estimate, compare, over_seeds
from harness.results.scores import Row, Scores
from harness.results.settings_choice import development_scores

if TYPE_CHECKING:
    from harness.registry import Registry

BySeed = Mapping[int, float]


@dataclass(frozen=True, kw_only=True)
class AverageGain:
    """Mean over targets of an arm's score minus that of the arm it is compared with.

    Attributes:
        gain: over the seeds that all `n` targets have; None where no target has both, or where they share no seed.
        n: targets with both scores in every language and seed, in percent; the ones averaged over.
        of: targets of the runs.
    """

    arm: str
    gain: Estimate | None
    n: int
    of: int


@dataclass(frozen=True, kw_only=True)
class BestArm:
    """The arm that is best for a target on development rows, and its score on the rows that are reported.

    Attributes:
        development_score: mean over seeds, in percent.
        tied: arms with the same development score, which come later.
        baseline: of the arm it is compared with; None where it lacks a language or seed, like `score`.
    """

    target: str
    arm: str
    development_metric: str
    development_score: float
    tied: tuple[str, ...]
    baseline: Estimate | None
    score: Estimate | None
    gain: Estimate | None


@dataclass(frozen=True, kw_only=True)
class BestPerTarget:
    """The best arm of each target.

    Attributes:
        lines: of targets with development scores.
        left_out: targets without, whose checkpoint no rows select, and those whose validation rows are reported.
        gain: mean gain over the `n` targets that have one, of `of` targets, and over the seeds that all of these have;
            None where no target has one, or where they share no seed.
    """

    lines: tuple[BestArm, ...]
    left_out: tuple[str, ...]
    gain: Estimate | None
    n: int
    of: int


def values_of(rows: Sequence[Row], benchmark: Benchmark) -> Values:
    """Scores of one arm as the benchmark names them; over several seeds their mean.

    Args:
        rows: of one arm. A failed score has no value, nor has a language that lacks a score in one of the seeds.
    """
    seeds = {row["seed"] for row in rows}
    cells: dict[tuple[str, str, str], dict[int, float]] = {}
    for row in rows:
        if row["value"] is not None:
            cells.setdefault((row["task"], row["metric"], row["language"]), {})[row["seed"]] = row["value"]

    def over_languages(task: str, metric: str, languages: Sequence[str]) -> dict[str, float]:
        found = {code: cells.get((task, metric, code), {}) for code in languages}
        return {code: fmean(by_seed.values()) for code, by_seed in found.items() if by_seed.keys() == seeds}

    values: dict[str, dict[str, dict[str, float]]] = {}
    for name, task in benchmark.tasks.items():
        for printed, metric in task.metrics.items():
            if by_language := over_languages(task.name, metric, task.languages):
                values.setdefault(name, {})[printed] = by_language
    return values


def average_gains(scores: Scores, registry: Registry) -> list[AverageGain]:
    """The average gain of each arm over the one that its gains are against, in the order of the rows.

    Over several seeds: the mean over targets of each seed, then mean and t interval over seeds.

    Args:
        scores: on clean rows, of one run or several.
    """
    by_target = _by_target(scores, registry)
    gains = {arm: _gains(by_target, arm, registry) for arm in _compared_arms(scores)}
    return [
        AverageGain(arm=arm, gain=_average(list(found.values())), n=len(found), of=len(_targets(scores)))
        for arm, found in gains.items()
    ]


def best_per_target(scores: Scores, registry: Registry) -> BestPerTarget:
    """For each target the intermediate arm with the best mean development score, and what it gains where it is scored.

    Scores of the rows that are reported choose nothing. Of equal arms it is the first in the order of the rows. An arm
    without development score in every seed cannot be chosen.

    Args:
        scores: on clean rows, of one run or several.
    """
    by_target = _by_target(scores, registry)
    chosen = {target: _best_arm(target, own, registry) for target, own in by_target.items()}
    lines = tuple(line for line in chosen.values() if line is not None)
    found = {line.target: _gains({line.target: by_target[line.target]}, line.arm, registry) for line in lines}
    gains = [by_target[target] for target, by_target in found.items() if target in by_target]
    return BestPerTarget(
        lines=lines,
        left_out=tuple(target for target, line in chosen.items() if line is None),
        gain=_average(gains),
        n=len(gains),
        of=len(_targets(scores)),
    )


def not_in_percent(scores: Scores, registry: Registry) -> tuple[str, ...]:
    """Targets that no mean is over, since their scores are not in percent."""
    found = _by_target(scores, registry)
    return tuple(target for target in _targets(scores) if target not in found)


def _targets(scores: Scores) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["task"] for row in scores.rows))


def _by_target(scores: Scores, registry: Registry) -> dict[str, Scores]:
    """The scores of each target in percent; intervals over items play no part in what is averaged."""
    plain = Scores(scores.rows)
    by_target = {target: own for (target,), own in plain.groups("task").items()}
    return {target: own for target, own in by_target.items() if _is_percent(target, own, registry)}


def _is_percent(target: str, scores: Scores, registry: Registry) -> bool:
    metrics = _metrics(target, scores, registry)
    return all(row["unit"] == UNIT for row in scores.rows if row["metric"] in metrics)


def _metrics(target: str, scores: Scores, registry: Registry) -> set[str]:
    """The metrics whose mean is a target's score."""
    return _score_metrics(target, registry) or {row["metric"] for row in scores.rows if row["main"]}


def _compared_arms(scores: Scores) -> tuple[str, ...]:
    """Arms other than those that others are compared with."""
    against = {row["against"] for row in scores.rows}
    rows = (row for row in scores.rows if row["against"] or row["mode"] != NONE)
    return tuple(dict.fromkeys(row["arm"] for row in rows if row["arm"] not in against))


def _best_arm(target: str, scores: Scores, registry: Registry) -> BestArm | None:
    """Of one target's scores."""
    found = development_scores(scores, {row["arm"] for row in scores.rows if row["mode"] != NONE})
    if found is None:
        return None
    best, *tied = found.best
    score, baseline = _sides(target, scores, best, registry)
    return BestArm(
        target=target,
        arm=best,
        development_metric=found.metric,
        development_score=found.means[best],
        tied=tuple(tied),
        baseline=_estimate(baseline, PERCENT),
        score=_estimate(score, PERCENT),
        gain=_estimate(_difference(score, baseline), PERCENT_GAIN),
    )


def _gains(by_target: Mapping[str, Scores], arm: str, registry: Registry) -> dict[str, BySeed]:
    """Of each target with both scores, the arm's minus that of the arm it is compared with, by seed."""
    sides = {target: _sides(target, scores, arm, registry) for target, scores in by_target.items()}
    found = {target: _difference(*both) for target, both in sides.items()}
    return {target: gain for target, gain in found.items() if gain}


def _difference(score: BySeed, baseline: BySeed) -> BySeed:
    return {seed: score[seed] - baseline[seed] for seed in score} if score and baseline else {}


def _sides(target: str, scores: Scores, arm: str, registry: Registry) -> tuple[BySeed, BySeed]:
    """A target's score after an arm, and after the one it is compared with, by seed.

    Either is empty where it lacks one of the target's languages or seeds.
    """
    metrics = _metrics(target, scores, registry)
    own = scores.where(lambda row: row["metric"] in metrics)
    against = next((row["against"] for row in own.rows if row["arm"] == arm), "")
    if not against and any(row["against"] == arm for row in scores.rows):
        # Over itself the arm that others are compared with gains nothing.
        against = arm
    lines = compare(own, {"arm": arm}, {"arm": against}, on=("language", "metric")) if own.rows else ()
    places = {(row["language"], metric) for row in scores.rows for metric in metrics}
    seeds = {row["seed"]: None for row in scores.rows}
    score, baseline = ([getattr(line, side) for line in lines] for side in ("score", "baseline"))
    return _mean_by_seed(score, len(places), seeds), _mean_by_seed(baseline, len(places), seeds)


def _mean_by_seed(found: Sequence[Estimate | None], places: int, seeds: Collection[int]) -> BySeed:
    """The mean of all places by seed; empty where one lacks a seed."""
    complete = [one.by_seed for one in found if one is not None and one.by_seed.keys() == set(seeds)]
    if not places or len(complete) < places:
        return {}
    return {seed: fmean(by_seed[seed] for by_seed in complete) for seed in seeds}


def _score_metrics(target: str, registry: Registry) -> set[str]:
    """The metrics whose mean is a task's score in the first benchmark that has it; empty where none has."""
    for name in registry.data["benchmarks"]:
        task = benchmark(name, registry).named(target)
        if task:
            return {task.metrics[printed] for printed in task.score}
    return set()


def _average(gains: Sequence[BySeed]) -> Estimate | None:
    """Mean over targets of each seed that all of them have, then over seeds; None where they share none."""
    shared = [seed for seed in gains[0] if all(seed in by_seed for by_seed in gains)] if gains else []
    if not shared:
        return None
    return over_seeds({seed: fmean(by_seed[seed] for by_seed in gains) for seed in shared}, PERCENT_GAIN)


def _estimate(by_seed: BySeed | None, bounds: Bounds) -> Estimate | None:
    return over_seeds(by_seed, bounds) if by_seed else None
