"""The means of a document: of each system over languages, tasks and groups, and what intermediate tasks gain."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.arms import NONE
from harness.benchmarks.aggregate import LOW_RESOURCE as LOW_CLASSES
from harness.benchmarks.aggregate import aggregates
from harness.benchmarks.definition import Benchmark
from harness.benchmarks.gains import average_gains, best_per_target, values_of
from harness.benchmarks.leaderboard.checks import Marks
from harness.benchmarks.leaderboard.scores import Score, System
from harness.results.comparison import PERCENT, PERCENT_GAIN, Estimate, Mean, over_seeds
from harness.results.marks import ENGLISH
from harness.results.references import references
from harness.results.schema import Arm, ArmPhase
from harness.results.scores import Scores

if TYPE_CHECKING:
    from harness.registry import Registry

TASK, GROUP, OVERALL = "task", "group", "overall"
SCORE, WITHOUT_ENGLISH, GAP, LOW_RESOURCE = "score", "score without English", "transfer gap", "low-resource languages"
GAIN, GAIN_WITHOUT_ENGLISH = "average gain", "average gain without English"


@dataclass(frozen=True, order=True)
class Name:
    """What a mean is of.

    Attributes:
        level: task, group or overall.
        of: name of the task or group; that of the benchmark overall.
        measure: the score, the score without English, and so on.
    """

    level: str
    of: str
    measure: str


class Averages:
    """The means of all systems of a document.

    Args:
        scores: one a place, of one benchmark.
        marks: of each row.
    """

    def __init__(self, scores: Sequence[Score], marks: Marks, benchmark: Benchmark, registry: Registry) -> None:
        self._marks = marks
        self._benchmark = benchmark
        self._registry = registry
        self._by_system: dict[System, list[Score]] = {}
        for score in sorted(scores, key=lambda score: score.place):
            self._by_system.setdefault(score.system, []).append(score)
        self._against = self._baselines()
        self._means = {system: self._of_seeds(found) for system, found in self._by_system.items()}

    def missing(self) -> dict[System, str]:
        """What of the benchmark a system has no complete score of in any seed, in words; only systems that miss any."""
        found = {system: self._missing(means) for system, means in self._means.items()}
        return {system: what for system, what in found.items() if what}

    def of(self, system: System) -> list[dict[str, Any]]:
        """A system's means, its gain over the baseline among them where there is one."""
        found = [self._mean(system, name, by_seed) for name, by_seed in sorted(self._means[system].items())]
        return found + list(self._gains(system))

    def best_per_target(self) -> list[dict[str, Any]]:
        """The best arm of each target, for each start model with a choice of several."""
        return [self._best(systems) for systems in self._by_start().values() if len(systems) > 2]

    def _of_seeds(self, scores: Sequence[Score]) -> dict[Name, dict[int, Mean]]:
        found: dict[Name, dict[int, Mean]] = {}
        for seed in sorted({score.seed for score in scores}):
            rows = [score.row for score in scores if score.seed == seed]
            for name, mean in _means(rows, self._benchmark):
                found.setdefault(name, {})[seed] = mean
        return found

    def _missing(self, means: Mapping[Name, Mapping[int, Mean]]) -> str:
        parts = []
        for name, task in self._benchmark.tasks.items():
            best = _fullest(means.get(Name(TASK, name, SCORE), {}))
            n = next(iter(best.values())).n if best else 0
            if n < len(task.languages):
                parts.append(f"{len(task.languages) - n} more languages of {name}" if n else name)
        return ", ".join(parts)

    def _mean(self, system: System, name: Name, by_seed: Mapping[int, Mean]) -> dict[str, Any]:
        chosen = _fullest(by_seed)
        mean = next(iter(chosen.values()))
        tasks = {TASK: (name.of,), GROUP: self._benchmark.groups.get(name.of, ())}.get(
            name.level, self._benchmark.tasks
        )
        partial = mean.n < mean.of
        bounds = PERCENT_GAIN if name.measure == GAP else PERCENT
        return {
            **dataclasses.asdict(name),
            **_estimate(over_seeds({seed: mean.value for seed, mean in chosen.items()}, bounds)),
            "n": mean.n,
            "total": mean.of,
            "seeds": sorted(chosen),
            "marks": self._marks_of([system], tasks, partial=partial),
        }

    def _gains(self, system: System) -> Iterator[dict[str, Any]]:
        baseline = self._against.get(system)
        if baseline is None:
            return
        all_rows = self._rows([baseline, system])
        for measure, languages in ((GAIN, None), (GAIN_WITHOUT_ENGLISH, ENGLISH)):
            rows = [row for row in all_rows if row["language"] != languages]
            for found in average_gains(Scores(rows), self._registry):
                if found.gain is not None:
                    n, total = found.n, len(self._benchmark.tasks)
                    yield {
                        **dataclasses.asdict(Name(OVERALL, self._benchmark.name, measure)),
                        **_estimate(found.gain),
                        "n": n,
                        "total": total,
                        "seeds": sorted(found.gain.by_seed),
                        "marks": self._marks_of([baseline, system], self._benchmark.tasks, partial=n < total),
                    }

    def _baselines(self) -> dict[System, System]:
        """The system that each gains over, by the rule of runs among all systems of the same start."""
        found: dict[System, System] = {}
        for systems in self._by_start().values():
            by_key = {system.key: system for system in systems}
            against = references([_arm(system) for system in systems], None)
            found |= {by_key[key]: by_key[other] for key, other in against.items() if other}
        return found

    def _by_start(self) -> dict[str, list[System]]:
        """The systems of each start, the one without anything first, in whatever order they were read."""
        starts: dict[str, list[System]] = {}
        for system in sorted(self._by_system, key=lambda one: (one.start, one.arm != NONE, one.arm, one)):
            starts.setdefault(system.start, []).append(system)
        return starts

    def _rows(self, systems: Sequence[System]) -> list[dict[str, Any]]:
        """The scores of systems as rows of a table, each with the system that it gains over."""
        against = {one: self._against[one].key if one in self._against else "" for one in systems}
        return [score.row | {"against": against[one]} for one in systems for score in self._by_system[one]]

    def _labels(self, systems: Sequence[System]) -> dict[str, str]:
        """What tables call systems of one start, by key; those of one label also by what they train."""
        names = {one: min(score.system.name for score in self._by_system[one]) for one in systems}
        labels = {one: dataclasses.replace(one, name=name).label for one, name in names.items()}
        times = Counter(labels.values())
        return {one.key: label if times[label] == 1 else f"{label}: {one.details}" for one, label in labels.items()}

    def _best(self, systems: Sequence[System]) -> dict[str, Any]:
        found = best_per_target(Scores(self._rows(systems)), self._registry)
        total, labels = len(self._benchmark.tasks), self._labels(systems)
        lines = [
            {
                "task": line.target,
                "arm": labels[line.arm],
                "tied": [labels[arm] for arm in line.tied],
                "development_metric": line.development_metric,
                "development_score": line.development_score,
                **{name: _nullable(getattr(line, name)) for name in ("baseline", "score", "gain")},
                "marks": self._marks_of(systems, [line.target]),
            }
            for line in found.lines
        ]
        return {
            "model": min(system.model for system in systems),
            "start": systems[0].start,
            "targets": lines,
            "left_out": list(found.left_out),
            "gain": _nullable(found.gain),
            "n": found.n,
            "total": total,
            "marks": self._marks_of(systems, self._benchmark.tasks, partial=found.n < total),
        }

    def _marks_of(self, systems: Iterable[System], tasks: Iterable[str], *, partial: bool = False) -> list[str]:
        """The marks of the rows that a mean is of."""
        systems, ours = set(systems), {task.name: task for task in self._benchmark.tasks.values()}
        names = {self._benchmark.tasks[name].name if name in self._benchmark.tasks else name for name in tasks}
        counted = {(name, task.metrics[printed]) for name, task in ours.items() for printed in task.score}
        found = {
            mark
            for (system, task, _, metric), marks in self._marks.items()
            if system in systems and task in names and (task, metric) in counted
            for mark in marks
        }
        return sorted(found | ({"partial"} if partial else set()))


def _arm(system: System) -> Arm:
    """A system as the arm of a run, as far as it decides what gains are against."""
    phases = (ArmPhase(tasks=system.intermediate),) if system.intermediate else ()
    own = {name: json.loads(getattr(system, name)) for name in ("varied", "settings")}
    return Arm(label=system.key, text=system.arm, phases=phases, **own)


def _means(rows: Sequence[Mapping[str, Any]], benchmark: Benchmark) -> Iterator[tuple[Name, Mean]]:
    """The means of one seed of a system."""
    without_english = _without_english(benchmark)
    for measure, version in ((SCORE, benchmark), (WITHOUT_ENGLISH, without_english)):
        found = aggregates(values_of(rows, version), version, partial=True)
        for name, task in found.tasks.items():
            yield Name(TASK, name, measure), task.score
            if measure == SCORE:
                if task.transfer_gap:
                    yield Name(TASK, name, GAP), task.transfer_gap
                if low := task.of_classes(*LOW_CLASSES)[0]:
                    yield Name(TASK, name, LOW_RESOURCE), low
        for name, mean in found.groups.items():
            yield Name(GROUP, name, measure), mean
        if found.overall:
            yield Name(OVERALL, benchmark.name, measure), found.overall


def _without_english(benchmark: Benchmark) -> Benchmark:
    tasks = {
        name: dataclasses.replace(task, languages=tuple(code for code in task.languages if code != ENGLISH))
        for name, task in benchmark.tasks.items()
    }
    return dataclasses.replace(benchmark, tasks=tasks)


def _fullest(by_seed: Mapping[int, Mean]) -> dict[int, Mean]:
    """The seeds whose mean is over the most values."""
    most = max((mean.n for mean in by_seed.values()), default=0)
    return {seed: mean for seed, mean in by_seed.items() if mean.n == most}


def _nullable(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else _estimate(estimate)


def _estimate(estimate: Estimate) -> dict[str, Any]:
    """Value and interval for JSON."""
    return {"value": estimate.value, "interval": dataclasses.asdict(estimate.interval) if estimate.interval else None}
