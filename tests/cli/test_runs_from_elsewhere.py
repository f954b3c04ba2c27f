"""A run is evaluated, resumed and copied from any directory, with its own rows and no word of where they lie."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import Cli, RunDirectory

EVAL = ("eval", "--run", "r1", "--tasks", "pawsx", "--languages", "de", "--runs")


@pytest.fixture
def project(cli: Cli, pawsx: Path, tiny: list[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with rows and a run of them; the working directory is another."""
    elsewhere = Path.cwd()
    folder = pawsx.parent / "project"
    folder.mkdir()
    pawsx.rename(folder / "rows")
    monkeypatch.chdir(folder)
    trained = cli("train", "--target", "pawsx", "--data", "rows", *tiny, "--name", "r1", "--runs", "runs")
    assert trained.code == 0, trained.err
    monkeypatch.chdir(elsewhere)
    return folder


def written(directory: Path) -> Iterator[str]:
    """What a run has written, without what its records keep of the machine and its command."""
    yield (directory / "run.json").read_text(encoding="utf-8")
    yield (directory / "settings.toml").read_text(encoding="utf-8")
    for line in (directory / "records.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.dumps(json.loads(line)["result"])


def test_an_evaluation_from_elsewhere_is_the_same_one(
    cli: Cli, project: Path, run_directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = project / "runs"
    monkeypatch.chdir(project)
    assert cli(*EVAL, "runs").code == 0
    first = run_directory(runs)
    monkeypatch.chdir(project.parent)
    done = cli(*EVAL, "project/runs")
    assert done.code == 0, done.err
    second = run_directory(runs)
    assert f"data: rows, read at {project / 'rows'}" in done.err
    assert str(project) not in done.out
    one, other = (json.loads((each / "run.json").read_text(encoding="utf-8")) for each in (first, second))
    assert (one["asked"], one["started_in"]) == (other["asked"], other["started_in"]) == (one["asked"], "../..")
    assert (first / "settings.toml").read_text() == (second / "settings.toml").read_text()
    assert not any(str(project.parent) in text for text in written(second))
    compared = cli("compare", first, second, "--json", "--runs", runs)
    assert compared.code == 0, compared.err
    differences = [one["differences"] for one in json.loads(compared.out)["differences"]]
    assert [(one["settings"], one["stages"], one["same"]) for one in differences] == [([], [], ["pawsx"])]


def test_a_copied_project_has_its_own_rows(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Path(shutil.copytree(project, project.parent / "copy"))
    (copy / "rows" / "x-final" / "de" / "test_2k.tsv").unlink()
    monkeypatch.chdir(copy)
    refused = cli(*EVAL, "runs")
    assert "[task-without-language]" in refused.err
    monkeypatch.chdir(project)
    assert cli(*EVAL, "runs").code == 0


def test_the_model_of_a_run_is_found_from_elsewhere(
    cli: Cli, project: Path, run_directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory that the settings name by a relative path, where another model is called the same."""
    elsewhere, runs = Path.cwd(), project / "runs"
    (built,) = (path.parent for path in (runs / "store" / "model").glob("*/config.json"))
    shutil.copytree(built, project / "encoder", ignore=shutil.ignore_patterns("manifest.json"))
    monkeypatch.chdir(project)
    few = ("--set", "target.steps=2", "--set", "batch_size=4")
    trained = cli(
        *("train", "--target", "pawsx", "--data", "rows", "--model", "encoder", "--name", "r2"), *few, "--runs", "runs"
    )
    assert trained.code == 0, trained.err
    monkeypatch.chdir(elsewhere)
    shutil.copytree(project / "encoder", "encoder")
    (Path("encoder") / "tokenizer.json").write_text("{}", encoding="utf-8")
    done = cli("eval", "--run", "r2", "--tasks", "pawsx", "--no-train", "--runs", runs)
    assert done.code == 0, done.err
    done = cli("train", "--resume", "r2", "--runs", runs)
    assert done.code == 0, done.err
    assert f"model: encoder, read at {project / 'encoder'}" in done.err
    assert "nothing to train" in done.out
    assert json.loads((run_directory(runs) / "run.json").read_text(encoding="utf-8"))["model"] == "encoder"


def test_a_run_is_resumed_from_elsewhere(cli: Cli, project: Path, run_directory: RunDirectory) -> None:
    runs = project / "runs"
    first = run_directory(runs)
    done = cli("train", "--resume", "r1", "--runs", runs)
    assert done.code == 0, done.err
    assert run_directory(runs) != first
    assert not any(str(project) in text for text in list(written(run_directory(runs)))[1:])
    (project / "rows").rename(project / "gone")
    refused = cli("train", "--resume", "r1", "--plan", "--runs", runs)
    assert refused.code == 2
    assert "[data-of-run-gone]" in refused.err
    assert f"{project / 'rows'}\n" in refused.err
    assert "run this command in the directory that has rows" in refused.err
