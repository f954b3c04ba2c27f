from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.benchmarks.definition import benchmark
from harness.benchmarks.folder import open_folder
from harness.registry import default_registry
from tests.raising import raises_code

XTREME = benchmark("xtreme", default_registry())


def test_files_are_found_by_task_language_and_suffix(make_folder: Callable[..., Path]) -> None:
    path = make_folder(
        "predictions", {"pawsx/test-de.tsv": "", "mlqa/test-zh.json": "", "mewslix/test-ar.json": "", "notes.txt": ""}
    )
    folder = open_folder(path, XTREME, default_registry())
    assert folder.files == {("pawsx", "de"): path / "pawsx/test-de.tsv", ("mlqa", "zh"): path / "mlqa/test-zh.json"}
    assert (folder.other_tasks, folder.problems) == (("mewslix",), ())
    missing = folder.missing(XTREME)
    assert missing[:2] == ["xnli", "pawsx in en es fr ja ko zh"]
    assert missing[4:7] == ["xquad", "mlqa in en es de ar hi vi", "tydiqa"]


@pytest.mark.parametrize(
    ("name", "what", "fix"),
    [
        ("mlqa/test-de.tsv", "the files of mlqa end in .json", "name it test-de.json"),
        ("pawsx/test-de.txt", "the files of pawsx end in .tsv", "name it test-de.tsv"),
        (
            "pawsx/test-ar.tsv",
            "xtreme has no pawsx in language 'ar'",
            "its languages are de en es fr ja ko zh; take the file out, or name another --benchmark",
        ),
        ("pawsx/de.tsv", "no file of a submission", "name files test-LANGUAGE.tsv, and take others out"),
    ],
)
def test_strangers_are_named(make_folder: Callable[..., Path], name: str, what: str, fix: str) -> None:
    path = make_folder("predictions", {name: "", "pawsx/.hidden": ""})
    (problem,) = open_folder(path, XTREME, default_registry()).problems
    assert (problem.what, problem.where, problem.fix) == (what, str(path / name), fix)


def test_a_folder_of_something_else_is_refused(make_folder: Callable[..., Path], tmp_path: Path) -> None:
    with raises_code("no-such-folder"):
        open_folder(tmp_path / "none", XTREME, default_registry())
    with raises_code("folder-without-tasks", "xtreme", "mewslix"):
        open_folder(make_folder("other", {"mewslix/test-ar.json": ""}), XTREME, default_registry())
