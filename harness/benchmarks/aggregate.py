"""Means as a benchmark takes them: over a task's languages, over a group's tasks, over all tasks.

Unweighted, as in evaluate.py of google-research/xtreme at 838c13b. docs/protocol.md says where each is from.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from harness.benchmarks.definition import Benchmark, BenchmarkTask
from harness.errors import UserError
from harness.languages import language
from harness.results.comparison import Mean
from harness.results.marks import ENGLISH

Values = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Percent by task, by metric as the benchmark prints it, by language."""

LOW_RESOURCE = (0, 1, 2)
"""Resource classes of Joshi et al. 2020 that count as low-resource."""


@dataclass(frozen=True)
class TaskAggregate:
    """A task's means.

    Attributes:
        metrics: by printed name, the mean over languages, English included; one without any value is left out.
        by_language: the score in each language that has one, the mean of the task's score metrics, in percent.
    """

    task: BenchmarkTask
    metrics: Mapping[str, Mean]
    metrics_without_english: Mapping[str, Mean]
    by_language: Mapping[str, float]

    @property
    def score(self) -> Mean:
        """The task's score: the mean over languages, English included."""
        score = self._over(self.task.languages)
        assert score is not None
        return score

    @property
    def score_without_english(self) -> Mean | None:
        """The score over the other languages; None where none of them has one."""
        return self._over(_without_english(self.task.languages))

    @property
    def transfer_gap(self) -> Mean | None:
        """English minus the mean of the other languages, over those; None where either has no score."""
        others = self.score_without_english
        if others is None or ENGLISH not in self.by_language:
            return None
        return dataclasses.replace(others, value=self.by_language[ENGLISH] - others.value)

    def of_classes(self, *classes: int) -> tuple[Mean | None, tuple[str, ...]]:
        """The score over the languages of some resource classes, and those languages of the task.

        Languages without class, such as most of mini's, are in none.

        Args:
            classes: of Joshi et al. 2020, 0 to 5.
        """
        chosen = tuple(code for code in self.task.languages if language(code).resource_class in classes)
        return self._over(chosen), chosen

    def as_dict(self) -> dict[str, Any]:
        """For JSON: a mean is an object of value, n and of; what there is not is null."""
        low, languages = self.of_classes(*LOW_RESOURCE)
        return {
            "score": _json(self.score),
            "score_without_english": _json(self.score_without_english),
            "transfer_gap": _json(self.transfer_gap),
            "low_resource": _json(low),
            "low_resource_languages": list(languages),
            "metrics": {name: _json(mean) for name, mean in self.metrics.items()},
            "metrics_without_english": {name: _json(mean) for name, mean in self.metrics_without_english.items()},
            "by_language": dict(self.by_language),
        }

    def _over(self, languages: Iterable[str]) -> Mean | None:
        return _mean(self.by_language, languages)


@dataclass(frozen=True)
class Aggregates:
    """All means of a benchmark. Groups and overall are over tasks with a score in every language.

    Attributes:
        tasks: in the benchmark's order; a task without a score in any language is left out.
        groups: mean of the scores of the group's tasks; a group without such a task is left out.
        overall: mean of the scores of the benchmark's tasks, not of its groups; None without such a task.
    """

    benchmark: str
    tasks: Mapping[str, TaskAggregate]
    groups: Mapping[str, Mean]
    overall: Mean | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON: a mean is an object of value, n and of; what there is not is null."""
        return {
            "benchmark": self.benchmark,
            "overall": _json(self.overall),
            "groups": {name: _json(mean) for name, mean in self.groups.items()},
            "tasks": {name: task.as_dict() for name, task in self.tasks.items()},
        }


def aggregates(values: Values, benchmark: Benchmark, *, partial: bool = False) -> Aggregates:
    """The means of a benchmark. Tasks, metrics and languages that it does not have take no part.

    Args:
        values: in percent.
        partial: whether means over fewer languages or tasks than the benchmark has are given, with their n and of.

    Raises:
        UserError: values are missing, and `partial` is False; names them.
    """
    missing = list(_missing(values, benchmark))
    if missing and not partial:
        raise UserError(
            f"the means of {benchmark.name} need scores that are not there",
            code="means-lack-scores",
            where="; ".join(missing),
            fix="score what is missing; a mean over other languages or tasks cannot be compared with published ones",
        )
    found = {name: _task(task, values.get(name, {})) for name, task in benchmark.tasks.items()}
    tasks = {name: task for name, task in found.items() if task.by_language}
    scores = {name: task.score.value for name, task in tasks.items() if task.score.n == task.score.of}
    groups = {group: _mean(scores, names) for group, names in benchmark.groups.items()}
    return Aggregates(
        benchmark=benchmark.name,
        tasks=tasks,
        groups={group: mean for group, mean in groups.items() if mean is not None},
        overall=_mean(scores, benchmark.tasks),
    )


def _task(task: BenchmarkTask, values: Mapping[str, Mapping[str, float]]) -> TaskAggregate:
    scored = [values.get(name, {}) for name in task.score]
    return TaskAggregate(
        task=task,
        metrics=_metric_means(task.metrics, values, task.languages),
        metrics_without_english=_metric_means(task.metrics, values, _without_english(task.languages)),
        by_language={
            code: fmean(by_language[code] for by_language in scored)
            for code in task.languages
            if all(code in by_language for by_language in scored)
        },
    )


def _metric_means(
    metrics: Iterable[str], values: Mapping[str, Mapping[str, float]], languages: tuple[str, ...]
) -> dict[str, Mean]:
    means = {name: _mean(values.get(name, {}), languages) for name in metrics}
    return {name: mean for name, mean in means.items() if mean is not None}


def _mean(values: Mapping[str, float], names: Iterable[str]) -> Mean | None:
    """The mean of the values of those names that have one; None where none has."""
    names = tuple(names)
    found = [values[name] for name in names if name in values]
    return Mean(fmean(found), len(found), len(names)) if found else None


def _without_english(languages: Iterable[str]) -> tuple[str, ...]:
    return tuple(code for code in languages if code != ENGLISH)


def _missing(values: Values, benchmark: Benchmark) -> Iterator[str]:
    """What is not there, a line a task."""
    for name, task in benchmark.tasks.items():
        if not values.get(name):
            yield name
            continue
        for metric in task.metrics:
            there = values[name].get(metric, {})
            codes = [code for code in task.languages if code not in there]
            # What is printed beside the score may be left out, but not in some languages only.
            if codes and (there or metric in task.score):
                yield f"{name} {metric} in {'every language' if codes == [*task.languages] else ' '.join(codes)}"


def _json(mean: Mean | None) -> dict[str, Any] | None:
    return None if mean is None else {"value": mean.value, "n": mean.n, "of": mean.of}
