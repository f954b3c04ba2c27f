"""Scores of a folder of predictions against a folder of labels, as XTREME's scorer has them."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from harness.benchmarks.definition import Benchmark, BenchmarkTask
from harness.benchmarks.files import File, FileProblem
from harness.benchmarks.folder import Folder, open_folder
from harness.benchmarks.layouts import find_layout
from harness.errors import UnknownName, UserError
from harness.item_scores import count, item_scores
from harness.metrics import Metric, Predictions
from harness.registry import Registry


@dataclass(frozen=True)
class FileScores:
    """The scores of one task and language.

    Attributes:
        values: percent by the metric's printed name.
        items: how many were scored, those without prediction included.
        unanswered: items without a prediction, which count 0.
        notes: what people should know of the files.
    """

    values: Mapping[str, float]
    items: int
    unanswered: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FolderScores:
    """The scores of a folder.

    Attributes:
        values: percent by task, metric and language.
        unanswered: items that count 0 because they have no prediction, by task and language, where there are any.
        missing: what of the benchmark was not scored, a line a task.
        other_tasks: folders of predictions that are of no task of the benchmark.
        notes: what people should know of files, by task and language, where there is anything.
        refused: what is wrong with files that were not scored.
    """

    values: Mapping[str, Mapping[str, Mapping[str, float]]]
    unanswered: Mapping[str, Mapping[str, int]]
    missing: tuple[str, ...]
    other_tasks: tuple[str, ...]
    notes: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    refused: tuple[FileProblem, ...] = ()


def score_file(
    predictions: Path,
    labels: Path,
    task: BenchmarkTask,
    language: str,
    registry: Registry,
    *,
    partial: bool = False,
) -> FileScores:
    """The scores of one file of predictions.

    Args:
        partial: whether items without prediction count 0, where items have ids.

    Raises:
        FileProblem: one of the files is not what it should be.
    """
    found = registry.task(task.name)
    layout = find_layout(found.kind)
    file = File(path=predictions, task=found, language=language, noun="predictions")
    gold = File(path=labels, task=found, language=language, noun="labels")
    with _no_collection():
        scorable = layout.pair(layout.predictions(file), layout.labels(gold), file, partial=partial)
        items = count(scorable.columns) + scorable.unanswered
        metrics = {name: registry.metric(metric) for name, metric in task.metrics.items()}
        notes = (*file.notes, *gold.notes)
        return FileScores(_values(metrics, scorable.columns, items), items, scorable.unanswered, notes)


def score_folder(
    predictions: Path,
    labels: Path,
    benchmark: Benchmark,
    registry: Registry,
    *,
    partial: bool = False,
    tasks: Sequence[str] = (),
) -> FolderScores:
    """The scores of a folder.

    Args:
        partial: whether tasks, languages and items with ids may be missing, and files that are refused are left out.
        tasks: the only ones that are scored, by the benchmark's names or ours; all by default.

    Raises:
        FileProblem: a file is not what it should be, and `partial` is False, or so it is with all files.
        UserError: a task or language is missing, and `partial` is False, or all are.
        UnknownName: the benchmark has no such task.
    """
    chosen = _only(benchmark, tasks)
    folders = [open_folder(path, chosen, registry) for path in (predictions, labels)]
    mine, gold = folders
    if mine.problems and not partial:
        raise mine.problems[0]
    if not partial:
        _refuse_missing(folders, chosen)
    keys = [key for key in mine.files if key in gold.files]
    if not keys:
        where = f"{predictions} and {labels}"
        raise UserError(
            "no task and language is in both folders",
            code="nothing-in-common",
            where=where,
            fix="name folders that belong together",
        )
    scores: dict[tuple[str, str], FileScores] = {}
    refused = [*mine.problems]
    for name, code in keys:
        paths = mine.files[name, code], gold.files[name, code]
        try:
            scores[name, code] = score_file(*paths, chosen.tasks[name], code, registry, partial=partial)
        except FileProblem as problem:
            refused.append(problem)
            if not partial:
                raise
    if not scores:
        raise refused[-1]
    scored = Folder(predictions, {key: mine.files[key] for key in scores}, (), ())
    values: dict[str, dict[str, dict[str, float]]] = {}
    for (name, code), found in scores.items():
        for metric, value in found.values.items():
            values.setdefault(name, {}).setdefault(metric, {})[code] = value
    return FolderScores(
        values,
        _by_task({key: found.unanswered for key, found in scores.items()}),
        tuple(scored.missing(chosen)),
        tuple(name for name in mine.other_tasks if name not in benchmark.tasks),
        _by_task({key: found.notes for key, found in scores.items()}),
        tuple(refused),
    )


def _only(benchmark: Benchmark, tasks: Sequence[str]) -> Benchmark:
    """The benchmark with some of its tasks; with all where none is named.

    Raises:
        UnknownName: it has no such task.
    """
    names = {task.name: name for name, task in benchmark.tasks.items()} | {name: name for name in benchmark.tasks}
    for task in tasks:
        if task not in names:
            raise UnknownName(f"task of {benchmark.name}", task, benchmark.tasks, where="--tasks")
    chosen = {names[task] for task in tasks} or benchmark.tasks.keys()
    return replace(benchmark, tasks={name: task for name, task in benchmark.tasks.items() if name in chosen})


T = TypeVar("T")


def _by_task(found: Mapping[tuple[str, str], T]) -> dict[str, dict[str, T]]:
    """By task and language, without what is empty or 0."""
    ordered: dict[str, dict[str, T]] = {}
    for (name, code), one in found.items():
        if one:
            ordered.setdefault(name, {})[code] = one
    return ordered


def _values(metrics: Mapping[str, Metric], columns: Predictions, items: int) -> dict[str, float]:
    """The metrics over all items, those that are not in the columns counting 0.

    F1, precision and recall are computed from the same numbers of items, which are had once.
    """
    if not count(columns):
        return dict.fromkeys(metrics, 0.0)
    sums: dict[Any, list[float]] = {}
    for metric in metrics.values():
        if metric.statistics not in sums:
            sums[metric.statistics] = item_scores(metric, columns).statistics.sum(axis=0).tolist()
    return {name: float(metric.value(sums[metric.statistics], items)) for name, metric in metrics.items()}


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Python's search for unreachable cycles put off: a file is many small lists without any, which it goes through
    again and again.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _refuse_missing(folders: list[Folder], benchmark: Benchmark) -> None:
    missing = [(folder.path, line) for folder in folders for line in folder.missing(benchmark)]
    if missing:
        raise UserError(
            f"files of {benchmark.name} are missing",
            code="files-missing",
            where="\n         ".join(f"{path}: {line}" for path, line in missing),
            fix="add them, or give --partial to score what there is",
        )
