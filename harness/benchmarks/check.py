"""Everything that is wrong with a folder of predictions, before it is uploaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.benchmarks.definition import Benchmark
from harness.benchmarks.files import File, FileProblem
from harness.benchmarks.folder import Folder, open_folder
from harness.benchmarks.layouts import Layout, find_layout
from harness.errors import UserError, counted
from harness.registry import Registry

MOST = 5
"""Problems of a file that are shown; the others are counted."""


@dataclass(frozen=True)
class Checked:
    """What was found.

    Attributes:
        files: how many files of the benchmark there are.
        problems: each with what, where and fix.
    """

    files: int
    problems: tuple[UserError, ...]


def check_folder(predictions: Path, benchmark: Benchmark, registry: Registry, labels: Path | None = None) -> Checked:
    """All problems of a folder: names, formats, labels and numbers of items.

    The numbers are those of the published test sets, where the benchmark says them, and of `labels`.

    Raises:
        UserError: a folder does not exist, or has nothing of the benchmark.
    """
    folder = open_folder(predictions, benchmark, registry)
    gold = open_folder(labels, benchmark, registry) if labels else None
    return Checked(len(folder.files), tuple(_problems(folder, gold, benchmark, registry)))


def _problems(folder: Folder, gold: Folder | None, benchmark: Benchmark, registry: Registry) -> Iterator[UserError]:
    for name in folder.other_tasks:
        fix = "take the folder out, or name another --benchmark"
        yield UserError(
            f"{benchmark.name} has no task {name!r}", code="not-of-benchmark", where=str(folder.path / name), fix=fix
        )
    for line in folder.missing(benchmark):
        yield UserError(
            f"missing: {line}",
            code="submission-incomplete",
            where=str(folder.path),
            fix="add the files; the leaderboard takes all",
        )
    yield from folder.problems
    for (name, code), path in folder.files.items():
        found: list[FileProblem] = []
        file = File(
            path=path, task=registry.task(benchmark.tasks[name].name), language=code, noun="predictions", found=found
        )
        layout = find_layout(file.task.kind)
        content = layout.predictions(file)
        if found:
            pass  # what can be read of a wrong file says nothing about its items
        elif gold and (name, code) in gold.files:
            _compare(layout, content, file, gold.files[name, code])
        elif gold:
            file.refuse(
                f"there are no labels at {gold.path}",
                code="labels-file-missing",
                fix="name a folder that has them, or no --labels",
            )
        expected, items = benchmark.tasks[name].items.get(code), layout.count(content)
        if not found and expected is not None and items is not None and items != expected:
            fix = "predict the whole test set as it is published"
            file.refuse(
                f"{counted(items, 'item')} where {benchmark.name} has {expected:,}",
                code="wrong-number-of-items",
                fix=fix,
            )
        yield from found[:MOST]
        if len(found) > MOST:
            yield FileProblem(
                f"{len(found) - MOST} more problems of this file",
                code="more-problems",
                where=str(path),
                fix="see those above",
            )


def _compare(layout: Layout[Any, Any], content: Any, file: File, labels: Path) -> None:
    """Take down what does not fit to labels; mistakes of the labels are raised."""
    gold = File(path=labels, task=file.task, language=file.language, noun="labels")
    layout.pair(content, layout.labels(gold), file, partial=False)
