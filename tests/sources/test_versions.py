"""Versions of what reads rows: every reader has one, and digests tell those that were raised."""

from __future__ import annotations

import ast
import hashlib
import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest

from harness import ClassificationRow, Format, HubData, Task
from harness.registry import Registry
from harness.sources.files import lines, readers, translate
from harness.sources.files.readers import conll, conllu, find_reader, reader_names
from harness.sources.files.source import open_files
from harness.sources.hub import source as hub_source
from harness.sources.hub import tables as hub_tables
from harness.sources.hub.source import HubSource
from harness.sources.hub.tables import Table, TableName
from harness.sources.versions import counted, raised

TEXTS = Task(
    name="texts",
    kind="text-classification",
    languages=("en",),
    labels=("1",),
    metrics=("accuracy",),
    formats={
        "lines": Format(
            reader="lines", row=lambda record: ClassificationRow(text=record["text"], label="1"), files={"test": "a"}
        )
    },
    hub=(
        HubData(
            repository="us/texts",
            splits={"test": "test"},
            columns=("text",),
            row=lambda record: ClassificationRow(text=record["text"], label="1"),
        ),
    ),
)


@pytest.mark.parametrize("name", reader_names())
def test_every_reader_has_a_version_and_names_the_readers_it_uses(name: str) -> None:
    own, *used = find_reader(name).modules
    assert own.VERSION == 1
    assert own.__file__
    tree = ast.parse(Path(own.__file__).read_text(encoding="utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == readers.__name__
        for alias in node.names
    }
    assert {module.__name__.rpartition(".")[2] for module in used} == imported


def test_only_raised_versions_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert counted(conll, lines) == {}
    monkeypatch.setattr(conll, "VERSION", 3)
    assert raised(*find_reader("conllu").modules, lines) == {"files.readers.conll": 3}
    assert counted(conllu, conll) == {"versions": {"files.readers.conll": 3}}


@pytest.mark.parametrize("module", [importlib.import_module("harness.sources.files.readers.lines"), lines, translate])
def test_the_digest_of_files_is_as_ever_until_a_version_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType
) -> None:
    (tmp_path / "a").write_text("one\n", encoding="utf-8")

    def digest() -> str:
        return open_files(tmp_path, Registry()).load(TEXTS, "test", "en").digest

    content = hashlib.sha256(b"one\n").hexdigest()
    part = {"format": "lines", "reader": "lines", "options": {}, "stand_in": False, "files": [content]}
    described = json.dumps({"task_version": 1, "parts": [part]}, sort_keys=True)
    first = digest()
    assert first == hashlib.sha256(described.encode()).hexdigest()
    monkeypatch.setattr(module, "VERSION", 2)
    assert digest() != first


class OneTable:
    def table(self, name: TableName) -> Table:
        import datasets
        import pyarrow as pa

        return Table(
            name=name, data=pa.table({"text": ["one"]}), features={"text": datasets.Value("string")}, revision="f" * 40
        )


@pytest.mark.parametrize("module", [hub_source, hub_tables, translate])
def test_the_digest_of_the_hub_is_as_ever_until_a_version_is_raised(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType
) -> None:
    def digest() -> str:
        return HubSource(OneTable()).load(TEXTS, "test", "en").digest

    first = digest()
    assert first == hashlib.sha256(json.dumps([1, "us/texts/test", "f" * 40, ""]).encode()).hexdigest()
    monkeypatch.setattr(module, "VERSION", 2)
    assert digest() != first
