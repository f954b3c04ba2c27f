"""A benchmark's folder: `TASK/test-LANGUAGE.EXT` for each task and language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.benchmarks.definition import Benchmark, BenchmarkTask
from harness.benchmarks.files import FileProblem, listed
from harness.benchmarks.layouts import find_layout
from harness.errors import UserError
from harness.registry import Registry

NAME = re.compile(r"test-([A-Za-z_-]+)\.(\w+)")


@dataclass(frozen=True)
class Folder:
    """The files of a benchmark that a folder has.

    Attributes:
        files: by task and language, in the benchmark's order.
        other_tasks: folders of tasks that the benchmark does not have.
        problems: files of the benchmark's tasks that are not its files.
    """

    path: Path
    files: dict[tuple[str, str], Path]
    other_tasks: tuple[str, ...]
    problems: tuple[FileProblem, ...]

    def missing(self, benchmark: Benchmark) -> list[str]:
        """What of the benchmark is not there, a line a task."""
        lines = []
        for name, task in benchmark.tasks.items():
            codes = [code for code in task.languages if (name, code) not in self.files]
            if codes:
                lines.append(name if len(codes) == len(task.languages) else f"{name} in {' '.join(codes)}")
        return lines


def open_folder(path: Path, benchmark: Benchmark, registry: Registry) -> Folder:
    """Look through a folder; no file is read.

    Raises:
        UserError: there is no such folder, or it has no task of the benchmark.
    """
    if not path.is_dir():
        raise UserError(
            "there is no such folder",
            code="no-such-folder",
            where=str(path),
            fix="name a folder with a sub-folder a task",
        )
    folders = sorted(one.name for one in path.iterdir() if one.is_dir() and not one.name.startswith("."))
    if not set(folders) & benchmark.tasks.keys():
        raise UserError(
            f"the folder has no task of {benchmark.name}",
            code="folder-without-tasks",
            where=f"{path}: {listed(folders, 20) or 'no folders'}",
            fix=f"its sub-folders are named by tasks: {', '.join(benchmark.tasks)}",
        )
    suffixes = {name: find_layout(registry.task(task.name).kind).suffix for name, task in benchmark.tasks.items()}
    files = {
        (name, code): path / name / f"test-{code}.{suffixes[name]}"
        for name, task in benchmark.tasks.items()
        for code in task.languages
    }
    return Folder(
        path,
        {key: file for key, file in files.items() if file.is_file()},
        tuple(name for name in folders if name not in benchmark.tasks),
        tuple(
            problem
            for name, task in benchmark.tasks.items()
            if name in folders
            for problem in _strangers(path / name, task, suffixes[name], benchmark)
        ),
    )


def _strangers(path: Path, task: BenchmarkTask, suffix: str, benchmark: Benchmark) -> Iterator[FileProblem]:
    """Files of a task's folder that are none of its languages."""
    expected = {f"test-{code}.{suffix}" for code in task.languages}
    for file in sorted(path.iterdir()):
        if file.name in expected or file.name.startswith("."):
            continue
        found = NAME.fullmatch(file.name)
        if found and found[1] in task.languages:
            yield FileProblem(
                f"the files of {task.name} end in .{suffix}",
                code="wrong-suffix",
                where=str(file),
                fix=f"name it test-{found[1]}.{suffix}",
            )
        elif found:
            yield FileProblem(
                f"{benchmark.name} has no {task.name} in language {found[1]!r}",
                code="not-of-benchmark",
                where=str(file),
                fix=f"its languages are {' '.join(task.languages)}; take the file out, or name another --benchmark",
            )
        else:
            yield FileProblem(
                "no file of a submission",
                code="stray-file",
                where=str(file),
                fix=f"name files test-LANGUAGE.{suffix}, and take others out",
            )
