"""What a benchmark is: tasks with languages, the names and metrics of their scores, and groups of tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.errors import UnknownName, counted
from harness.sources.base import open_source

if TYPE_CHECKING:
    from harness.registry import Registry

AT = "@"
"""Between a benchmark and a source of generated rows: the same tasks in that source's languages."""


@dataclass(frozen=True, kw_only=True)
class BenchmarkTask:
    """A task as a benchmark scores it.

    Attributes:
        name: of our task; the benchmark may call it otherwise.
        languages: ISO 639 codes, in the benchmark's order.
        metrics: the names that the benchmark's scorer prints, each with the metric that computes it.
        score: those of these names of which the task's score is the mean.
        items: of languages whose published test set has a known number of items, that number.
    """

    name: str
    languages: tuple[str, ...]
    metrics: Mapping[str, str]
    score: tuple[str, ...]
    items: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """Tasks whose scores are averaged.

    Attributes:
        tasks: by the name that the benchmark has for them, which is that of their folder in a submission.
        groups: these names by group; a task may be in several or in none.
        source: of generated rows, in whose languages it is; "" for the benchmark itself.
    """

    name: str
    description: str
    tasks: Mapping[str, BenchmarkTask]
    groups: Mapping[str, tuple[str, ...]]
    source: str = ""

    @property
    def suffix(self) -> str:
        """What its name ends in; see `suffix_of`."""
        return f"{AT}{self.source}" if self.source else ""

    def named(self, task: str) -> BenchmarkTask | None:
        """What it has of our task; None where it has it not."""
        return next((one for one in self.tasks.values() if one.name == task), None)


def benchmark(name: str, registry: Registry) -> Benchmark:
    """The benchmark of that name; `xtreme@mini` is xtreme in the languages that mini has for each task.

    Raises:
        UnknownName: there is none.
    """
    base, at, source = name.partition(AT)
    generated = [one.name for one in registry.sources.values() if one.generated]
    if base not in registry.data["benchmarks"] or (at and source not in generated):
        known = registry.data["benchmarks"]
        raise UnknownName("benchmark", name, [*known, *(f"{other}{AT}{one}" for one in generated for other in known)])
    entry = registry.data["benchmarks"][base]
    found = Benchmark(
        name=name,
        description=entry["description"],
        tasks={
            task: BenchmarkTask(
                name=parts.get("task", task),
                languages=tuple(parts["languages"].split()),
                metrics=dict(parts["metrics"]),
                score=tuple(parts["score"]),
                items=_items(parts),
            )
            for task, parts in entry["tasks"].items()
        },
        groups={group: tuple(tasks) for group, tasks in entry["groups"].items()},
    )
    return _in_languages_of(source, found, registry) if source else found


def suffix_of(source: str, registry: Registry) -> str:
    """What follows a benchmark's name where rows are of a source, by the name that records have: "@mini", say.

    Nothing follows it for published rows. Those of a source that no plugin has any longer are not taken for such.
    """
    known = registry.sources.get(source)
    return f"{AT}{source}" if known is None or known.generated else ""


def _items(parts: Mapping[str, Any]) -> dict[str, int]:
    items = parts.get("items", {})
    counts = {code: items.get(code, items.get("others")) for code in parts["languages"].split()}
    return {code: count for code, count in counts.items() if count is not None}


def _in_languages_of(source: str, benchmark: Benchmark, registry: Registry) -> Benchmark:
    opened = open_source(source, registry)
    tasks = {
        name: replace(task, languages=opened.languages(registry.task(task.name), "test"), items={})
        for name, task in benchmark.tasks.items()
    }
    languages = {code for task in tasks.values() for code in task.languages}
    description = (
        f"the tasks of {benchmark.name.partition(AT)[0]} on the generated rows of {source}; "
        f"{counted(len(tasks), 'task')}, {counted(len(languages), 'language')}"
    )
    return replace(benchmark, description=description, tasks=tasks, source=source)
