"""The texts of scored rows are found from anywhere, or the page says from where they would be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.report.loaded import load_run
from harness.report.row_texts import RowTexts, TextReader
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


def read(project: Path, data: str, started_in: str) -> tuple[RowTexts, list[str]]:
    """The texts of a run on some data, and why there are none."""
    world = World(arms=("none", "qqp"), seeds=1, tasks=(SimulatedTask(name="pawsx", languages=("de",), items=20),))
    directory = write_run(simulate(world, seed=1), project / "runs", "drawn")
    settings = directory / "settings.toml"
    lines = [line for line in settings.read_text(encoding="utf-8").splitlines() if not line.startswith("data = ")]
    settings.write_text("\n".join([f"data = {json.dumps(data)}", *lines]), encoding="utf-8")
    info = json.loads((directory / "run.json").read_text(encoding="utf-8"))
    (directory / "run.json").write_text(json.dumps({**info, "started_in": started_in}), encoding="utf-8")
    reader = TextReader(load_run(directory, project / "runs" / "store"))
    return reader.of("pawsx", "de"), list(reader.lacking)


@pytest.mark.parametrize("data", ["data.toml", "./data.toml", "files:data.toml", "files", "files:files/data.toml"])
def test_texts_are_found_where_the_run_was_started(project: Path, data: str) -> None:
    if data == "files":
        (project / "files" / "pawsx").mkdir()
        (project / "files" / "rows-de.tsv").rename(project / "files" / "pawsx" / "test-de.tsv")
    texts, lacking = read(project, data, str(project))
    assert lacking == []
    assert list(texts.asked.values()) == ["Guten Tag / Grüß Gott", "Ja / Nein"]


def test_absolute_paths_stay_what_they_are(project: Path) -> None:
    texts, lacking = read(project, str(project / "data.toml"), str(project / "nowhere"))
    assert (len(texts.asked), lacking) == (2, [])


def test_where_a_run_does_not_say_where_it_was_started_the_page_does_what_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, (why,) = read(project, "data.toml", "")
    assert texts.asked == {}
    assert f"no such file or directory: {Path.cwd() / 'data.toml'}" in why
    assert "the run read data.toml below the directory that it was started in: write the report there" in why
    monkeypatch.chdir(project)
    assert read(project, "data.toml", "")[1] == []


def test_data_that_are_gone_are_named(project: Path) -> None:
    (project / "data.toml").unlink()
    _, (why,) = read(project, "data.toml", str(project))
    assert "data.toml" in why
    assert "write the report there" not in why
    # What has moved with the project can be read from its new place.
    (Path.cwd() / "data.toml").write_text(MAP, encoding="utf-8")
    (project / "rows-de.tsv").rename(Path.cwd() / "rows-de.tsv")
    assert read(project, "data.toml", str(project))[1] == []


def test_rows_of_no_files_need_no_place(project: Path) -> None:
    _, lacking = read(project, "mini", "")
    assert not any("started in" in why for why in lacking)
