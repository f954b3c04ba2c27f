"""The texts of scored rows are found from anywhere, or the page says from where they would be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.report.loaded import load_run
from harness.report.row_texts import TextReader
from harness.results.runs import started_in
from harness.testing.simulated import simulate
from harness.testing.worlds import SimulatedTask, World
from harness.testing.written import write_run

MAP = '[pawsx.test]\nfile = "rows-{language}.tsv"\nformat = "xtreme"\nlanguages = ["de"]\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with rows and a run on them; the report is made in another."""
    folder, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    (folder / "files").mkdir(parents=True)
    elsewhere.mkdir()
    (folder / "data.toml").write_text(MAP, encoding="utf-8")
    for place in (folder, folder / "files"):
        (place / "rows-de.tsv").write_text("Guten Tag\tGrüß Gott\t1\nJa\tNein\t0\n", encoding="utf-8")
    (folder / "files" / "data.toml").write_text(MAP, encoding="utf-8")
    monkeypatch.chdir(elsewhere)
    return folder


@dataclass(frozen=True)
class Texts:
    """The texts of a run, and why there are none: what its page says, and what is told on this machine."""

    asked: list[str]
    lacking: list[str]
    told: list[str]


def read(project: Path, data: str, started: Path | None) -> Texts:
    """The texts of a run on some data that was started somewhere."""
    world = World(arms=("none", "qqp"), seeds=1, tasks=(SimulatedTask(name="pawsx", languages=("de",), items=20),))
    directory = write_run(simulate(world, seed=1), project / "runs", "drawn")
    settings = directory / "settings.toml"
    lines = [line for line in settings.read_text(encoding="utf-8").splitlines() if not line.startswith("data = ")]
    settings.write_text("\n".join([f"data = {json.dumps(data)}", *lines]), encoding="utf-8")
    info = json.loads((directory / "run.json").read_text(encoding="utf-8"))
    (directory / "run.json").write_text(
        json.dumps({**info, "started_in": started_in(started, directory) if started else ""}), encoding="utf-8"
    )
    told: list[str] = []
    reader = TextReader(load_run(directory, project / "runs" / "store"), told.append)
    asked = list(reader.of("pawsx", "de").asked.values())
    assert not any(str(project.parent) in why for why in reader.lacking)
    return Texts(asked, list(reader.lacking), told)


@pytest.mark.parametrize("data", ["data.toml", "./data.toml", "files:data.toml", "files", "files:files/data.toml"])
def test_texts_are_found_where_the_run_was_started(project: Path, data: str) -> None:
    if data == "files":
        (project / "files" / "pawsx").mkdir()
        (project / "files" / "rows-de.tsv").rename(project / "files" / "pawsx" / "test-de.tsv")
    texts = read(project, data, project)
    assert texts.lacking == []
    assert texts.asked == ["Guten Tag / Grüß Gott", "Ja / Nein"]
    (told,) = texts.told
    assert told.startswith(f"data: {data}, read at {project}/")


def test_absolute_paths_stay_what_they_are(project: Path) -> None:
    texts = read(project, str(project / "data.toml"), project / "nowhere")
    assert (len(texts.asked), texts.lacking, texts.told) == (2, [], [])


def test_where_a_run_does_not_say_where_it_was_started_the_page_does_what_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = read(project, "data.toml", None)
    assert texts.asked == []
    assert texts.lacking == [
        "texts are not where the run read them, data.toml (the run's data are not there: write the report in the "
        "directory that has data.toml)"
    ]
    assert texts.told == [f"no texts of drawn: the run's data are not there: {Path.cwd() / 'data.toml'}"]
    monkeypatch.chdir(project)
    assert read(project, "data.toml", None).lacking == []


def test_data_that_are_gone_are_named(project: Path) -> None:
    (project / "data.toml").unlink()
    texts = read(project, "data.toml", project)
    assert "write the report in the directory that has data.toml" in texts.lacking[0]
    assert f"{project / 'data.toml'} {Path.cwd() / 'data.toml'}" in texts.told[0]
    # What has moved with the project can be read from its new place.
    (Path.cwd() / "data.toml").write_text(MAP, encoding="utf-8")
    (project / "rows-de.tsv").rename(Path.cwd() / "rows-de.tsv")
    assert read(project, "data.toml", project).lacking == []


def test_files_that_are_gone_are_told_here_and_not_on_the_page(project: Path) -> None:
    (project / "rows-de.tsv").unlink()
    texts = read(project, "data.toml", project)
    assert "write the report" not in texts.lacking[0]
    assert texts.lacking[0].startswith("texts are not where the run read them, data.toml (no ")
    assert str(project / "rows-de.tsv") in texts.told[1]


def test_rows_of_no_files_need_no_place(project: Path) -> None:
    assert not any("write the report" in why for why in read(project, "mini", None).lacking)
