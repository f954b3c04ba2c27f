"""Which source `data` names, with which argument, and what it is otherwise."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.benchmarks.definition import benchmark, suffix_of
from harness.config import settings_from
from harness.errors import DataError, SettingsError, UnknownName, UserError
from harness.registry import Registry
from harness.sources.base import Source, SourceType, Split, generated_source, open_source, source_named

if TYPE_CHECKING:
    from harness.tasks import Task


class Nothing(Source):
    name = "nothing"

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        return ("en", "de") if split == "test" else ()

    def load(self, task: Task, split: str, language: str) -> Split:
        raise DataError("there is nothing")


NOTHING = SourceType(
    name="nothing", open=lambda _argument, _registry: Nothing(), model="scratch", preset="xtreme-scripts"
)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """With a source whose rows are generated and that names a model and a preset."""
    found = Registry()
    nothing = dataclasses.replace(NOTHING, generated=True)
    monkeypatch.setitem(found.__dict__, "sources", {**found.sources, "nothing": nothing})
    found.owners["source", "nothing"] = found.owner("source", "mini")
    return found


@pytest.mark.parametrize(
    ("data", "name", "argument"),
    [
        ("mini", "mini", ""),
        ("mini:alike", "mini", "alike"),
        ("hub", "hub", ""),
        ("nothing", "nothing", ""),
        ("files:some/place", "files", "some/place"),
        ("some/place", "files", "some/place"),
        ("./mini", "files", "./mini"),
        ("elsewhere:mini", "files", "elsewhere:mini"),
    ],
)
def test_data_name_a_source_or_a_path(registry: Registry, data: str, name: str, argument: str) -> None:
    found, given = source_named(data, registry)
    assert (found.name, given) == (name, argument)


def test_a_source_without_argument_takes_none(registry: Registry) -> None:
    with pytest.raises(SettingsError) as refused:
        source_named("hub:xnli", registry)
    assert "./hub:xnli" in (refused.value.fix or "")


def test_a_directory_may_be_called_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError):
        open_source("files", Registry())
    (tmp_path / "files").mkdir()
    assert open_source("files", Registry()).name == "files"


def test_a_source_brings_its_model_and_preset(registry: Registry) -> None:
    settings = settings_from(registry, {"data": "nothing"})
    assert (settings.model, settings.preset) == ("scratch", "xtreme-scripts")
    settings = settings_from(registry, {"data": "nothing", "model": "mini", "preset": "small-cpu"})
    assert (settings.model, settings.preset) == ("mini", "small-cpu")


def test_a_benchmark_of_generated_rows_is_never_the_benchmark_itself(registry: Registry) -> None:
    assert {name: suffix_of(name, registry) for name in ("files", "hub", "mini", "nothing")} == {
        "files": "",
        "hub": "",
        "mini": "@mini",
        "nothing": "@nothing",
    }
    assert suffix_of("gone", registry) == "@gone"
    found = benchmark("xtreme@nothing", registry)
    assert {task.languages for task in found.tasks.values()} == {("en", "de")}
    assert (found.source, found.suffix) == ("nothing", "@nothing")
    for name in ("xtreme@gone", "xtreme@hub", "xtreme@"):
        with pytest.raises(UnknownName):
            benchmark(name, registry)


def test_only_generated_sources_are_generated(registry: Registry) -> None:
    found = {name: generated_source(name, registry) for name in ("nothing", "mini", "hub", "files", "gone")}
    assert [name for name, source in found.items() if source] == ["nothing", "mini"]


def test_a_source_has_the_name_that_it_is_registered_by(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Nothing, "name", "another")
    with pytest.raises(UserError) as refused:
        open_source("nothing", registry)
    assert refused.value.where == "plugin 'harness.sources.mini' of xharness"
