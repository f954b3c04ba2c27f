"""Files and folders of predictions and labels, written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from harness.benchmarks.files import File, FileProblem
from harness.registry import default_registry

MakeFile = Callable[..., File]
MakeFolder = Callable[[str, Mapping[str, str]], Path]


@pytest.fixture
def make_file(tmp_path: Path) -> MakeFile:
    """Writes a file of a task's predictions or labels."""

    def make(task: str, content: str | bytes, *, noun: str = "predictions", listing: bool = False) -> File:
        path = tmp_path / f"{noun}-of-{task}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found: list[FileProblem] | None = [] if listing else None
        return File(path=path, task=default_registry().task(task), language="en", noun=noun, found=found)

    return make


@pytest.fixture
def make_folder(tmp_path: Path) -> MakeFolder:
    """Writes a folder from paths and texts."""

    def make(name: str, files: Mapping[str, str]) -> Path:
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text, encoding="utf-8")
        return tmp_path / name

    return make
