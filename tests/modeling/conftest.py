"""A tiny scratch model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.modeling.scratch import build

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = {"hidden_size": 32, "layers": 2, "heads": 2, "feed_forward": 48, "positions": 66, "dropout": 0.1}
TEXTS = ["a b c", "the dog and the fox", "it ends", "北京是首都"]


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("scratch")
    build(directory, TEXTS, {**SHAPE, "vocabulary": 300})
    return directory
