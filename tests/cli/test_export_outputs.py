"""Where an export cannot be written, it says by which option, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from harness.benchmarks.leaderboard.formats import format_names
from harness.cli.commands.export import command as export
from tests.fixtures import Cli

SUBMISSION = ("submission", "--benchmark", "xtreme@mini", "--arm", "none", "--partial", "--unofficial")
BOARD = ("leaderboard", "--allow", "limited,partial", "--arm", "none", "--format")
EXPORTS = {
    "eee": (("eee",), "--output"),
    **{f"leaderboard {name}": ((*BOARD, name), "--output") for name in format_names()},
    "model": (("model", "--task", "pawsx", "--arm", "none"), "--output"),
    "site": (("site",), "--output"),
    "submission": (SUBMISSION, "--output"),
    "submission's labels": ((*SUBMISSION, "--output", "predictions"), "--labels"),
}
"""Words of the command, and the option that names what it writes."""

FOLDERS = ("eee", "model", "site", "submission", "submission's labels")
"""Those that write a folder, for which an empty one is fine."""

PLACES = {
    "a folder": "filled",
    "below a file": "file/child",
    "far below a file": "file/a/child",
    "unwritable": "/proc/no/child",
    "at an unwritable place": "/proc/child",
    "too long a name": f"new/below/{'n' * 300}",
}


def everything(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", EXPORTS)
def test_what_cannot_be_written_names_its_option_and_leaves_nothing(
    name: str, place: str, runs: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "filled").mkdir()
    (tmp_path / "filled" / "kept").write_text("kept")
    (tmp_path / "file").write_text("kept")
    monkeypatch.chdir(tmp_path)
    before = everything(tmp_path)
    words, option = EXPORTS[name]
    done = cli("export", *words, option, PLACES[place], "--runs", runs)
    assert done.code == 2
    expected = "output-exists" if place == "a folder" and name in FOLDERS else "cannot-write"
    assert f"[{expected}]" in done.err
    assert done.err.rstrip().endswith(option)
    assert done.out == ""
    assert everything(tmp_path) == before


@pytest.mark.parametrize("name", FOLDERS)
def test_an_empty_folder_is_filled(
    name: str, runs: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    words, option = EXPORTS[name]
    done = cli("export", *words, option, "empty", "--runs", runs)
    assert done.code == 0, done.err
    assert everything(tmp_path / "empty")
    assert not [path for path in everything(tmp_path) if ".xharness" in path]


def test_predictions_and_labels_are_two_folders(
    runs: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    done = cli("export", *SUBMISSION, "--output", "one", "--labels", "./one", "--runs", runs)
    assert (done.code, "[same-folder-twice]" in done.err, Path("one").exists()) == (2, True, False)


def test_every_export_is_tried() -> None:
    tried = {name.partition(" ")[0].removesuffix("'s") for name in EXPORTS}
    assert tried == set(export.list_commands(click.Context(export)))
