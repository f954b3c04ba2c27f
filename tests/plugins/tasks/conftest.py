"""Rows of a task from files that a test writes in the dataset's published layout, and from the hub's cache."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.registry import Registry
from harness.sources.base import Split
from harness.sources.files.source import open_files
from harness.sources.hub.source import HubSource
from harness.sources.hub.tables import HubTables

Load = Callable[..., Split]


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry()


@pytest.fixture
def load(tmp_path: Path, registry: Registry) -> Load:
    """Write files, each a text or a list of JSON objects one a line, and load one split."""

    def load(files: Mapping[str, Any], task: str, split: str, language: str = "en") -> Split:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = "".join(json.dumps(record) + "\n" for record in content) if isinstance(content, list) else content
            path.write_text(lines, encoding="utf-8")
        return open_files(tmp_path, registry).load(registry.task(task), split, language)

    return load


@pytest.fixture
def load_hub(hub_cache: Callable[..., None], registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load one split from the datasets that a test has put into the cache with `hub_cache`, of whatever revision."""
    del hub_cache
    monkeypatch.setattr("harness.sources.hub.source._pinned", dict)

    def load_hub(task: str, split: str, language: str = "en") -> Split:
        return HubSource(HubTables()).load(registry.task(task), split, language)

    return load_hub
