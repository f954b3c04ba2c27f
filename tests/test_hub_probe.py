"""scripts/hub_probe.py: what is as expected is pinned, what is not is said."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import datasets
import pytest

from harness.registry import default_registry
from harness.sources.hub.tables import HubTables
from tests.fixtures import HubCache

ROOT = Path(__file__).parent.parent
TEXT = datasets.Value("string")
LABEL = datasets.ClassLabel(names=["0", "1"])


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hub_probe", ROOT / "scripts" / "hub_probe.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_only_repositories_that_are_as_expected_are_pinned(
    script: ModuleType, hub_cache: HubCache, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = datasets.Features({"id": TEXT, "sentence1": TEXT, "sentence2": TEXT, "label": LABEL})
    row = {"id": "1", "sentence1": "a", "sentence2": "b", "label": 1}
    name = "google-research-datasets/paws-x"
    hub_cache(name, {split: [row] for split in ("train", "validation", "test")}, columns, configuration="en")
    pawsx = default_registry().task("pawsx")
    english = replace(pawsx, languages=("en",))
    found, failed = script.probe([english], HubTables())
    assert list(found) == [name]
    assert len(found[name]) == 40
    assert not failed
    assert "paws-x/en/test: 1 row" in capsys.readouterr().out
    # German is not there.
    found, failed = script.probe([replace(pawsx, languages=("en", "de"))], HubTables())
    assert not found
    assert failed == {name}
    assert "paws-x/de/test: DataError: " in capsys.readouterr().out
