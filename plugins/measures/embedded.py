"""Sentence embeddings as measures read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float64]
    """One per row of the array, (N, D)."""


def of(checkpoint: harness.Checkpoint, rows: harness.Rows) -> Mapping[str, harness.Stage]:
    """Sentence embeddings by the task's own layer and pooling."""
    return {"embeddings": harness.Embed.of_sentences(checkpoint, rows)}


def read(results: Mapping[str, Path], name: str = "embeddings") -> Vectors:
    """The embeddings."""
    import numpy as np

    states: Vectors = np.load(results[name] / "states.npy").astype(np.float64)
    return states


def units(states: Vectors) -> Vectors:
    """Vectors of length 1 in the same directions; 0 stays 0."""
    import numpy as np

    found: Vectors = states / np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-12)
    return found


def centred(states: Vectors) -> Vectors:
    """Differences from the mean.

    Raises:
        DataError: there are none, beyond rounding.
    """
    found: Vectors = states - states.mean(0)
    if not (found**2).sum() > 1e-12 * (states**2).sum():
        raise harness.DataError(f"the embeddings do not vary (n = {len(states)})", code="measure-undefined")
    return found
