"""Results of stages as arrays on the disk, for what measures compute from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness.kinds.features import Features
from harness.registry import default_registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.measures import Measured


@pytest.fixture
def compute(tmp_path: Path) -> Callable[..., Measured]:
    """What a measure makes of results: states, features, or arrays by their names."""

    def of(name: str, **results: Any) -> Measured:
        directories = {}
        for what, result in results.items():
            directory = tmp_path / f"{name}-{what}"
            directory.mkdir(exist_ok=True)
            if isinstance(result, Features):
                result.save(directory)
            else:
                arrays = result if isinstance(result, dict) else {"states": np.asarray(result, np.float32)}
                for array, values in arrays.items():
                    np.save(directory / f"{array}.npy", np.asarray(values))
            directories[what] = directory
        return default_registry().measure(name).compute(directories)

    return of
