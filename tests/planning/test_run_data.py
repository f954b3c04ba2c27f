"""The data of a run are found from anywhere, move with its project, and keep the name that its settings give them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.planning.run_data import RunData, find_data, given_data
from harness.registry import Registry
from harness.results.runs import RunInfo, begin, described, started_from, started_in
from tests.raising import raises_code

RUN = Path("runs", "r1")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with rows and a run that was started in it; the working directory is another, with rows, too."""
    folder, other = tmp_path / "project", tmp_path / "other"
    for each in (folder / "rows", folder / "files", folder / "mini", other / "rows"):
        each.mkdir(parents=True)
    begin(folder / RUN, RunInfo(command="train", started_in=started_in(folder, folder / RUN)))
    monkeypatch.chdir(other)
    return folder


@pytest.mark.parametrize("data", ["rows", "./rows", "files:rows", "files:./rows"])
def test_data_of_a_run_are_those_where_it_was_started(project: Path, registry: Registry, data: str) -> None:
    rows = project / "rows"
    expected = RunData(data, str(rows), project, f"data: {data}, read at {rows}")
    assert find_data(project / RUN, data, registry) == expected
    assert find_data(Path("..", "project") / RUN, data, registry) == expected


def test_a_directory_may_have_the_name_of_a_source(project: Path, registry: Registry) -> None:
    assert find_data(project / RUN, "files", registry).place == str(project / "files")
    assert find_data(project / RUN, "mini", registry) == RunData("mini", "mini", project)


def test_a_copied_project_has_its_own_rows(project: Path, registry: Registry, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(project, copy)
    assert find_data(copy / RUN, "rows", registry).place == str(copy / "rows")
    shutil.rmtree(project)
    assert find_data(copy / RUN, "rows", registry).place == str(copy / "rows")


def test_from_where_the_run_was_started_nothing_is_told(
    project: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    assert find_data(RUN, "rows", registry) == RunData("rows", "rows", project) == given_data("rows")


def test_absolute_paths_stay_what_they_are(project: Path, registry: Registry, tmp_path: Path) -> None:
    absolute = str(tmp_path / "nowhere")
    found = find_data(project / RUN, absolute, registry)
    assert (found.written, found.place, found.told, found.missing) == (absolute, absolute, "", None)
    with raises_code("no-such-data", absolute):
        found.open(registry)


def test_rows_that_have_moved_are_read_here_and_that_is_told(project: Path, registry: Registry) -> None:
    (project / "rows").rmdir()
    found = find_data(project / RUN, "rows", registry)
    assert (found.place, found.base) == ("rows", Path.cwd())
    assert found.told == f"data: rows is no longer at {project / 'rows'}, read at {Path.cwd() / 'rows'}"


def test_rows_that_are_gone_are_refused_by_both_places(project: Path, registry: Registry) -> None:
    found = find_data(project / RUN, "gone", registry)
    with raises_code("data-of-run-gone", project / "gone", Path.cwd() / "gone", "in the directory that has gone"):
        found.open(registry)


@pytest.mark.parametrize("said", ["", "absolute"])
def test_a_run_that_does_not_say_where_it_was_started_is_read_here(
    project: Path, registry: Registry, said: str, tmp_path: Path
) -> None:
    """An absolute path, as one version wrote it, leads to the original of a copy."""
    begin(project / RUN, RunInfo(command="train", started_in=said and str(tmp_path / "project")))
    assert find_data(project / RUN, "rows", registry) == RunData("rows", "rows", Path.cwd())
    with raises_code("data-of-run-gone", "the one that the run was started in"):
        find_data(project / RUN, "gone", registry).open(registry)


def test_a_link_to_the_directory_of_runs_leads_back(project: Path, tmp_path: Path) -> None:
    (project / "runs").rename(tmp_path / "disk")
    (project / "runs").symlink_to(tmp_path / "disk")
    assert started_from(project / RUN, described(project / RUN)) == project
