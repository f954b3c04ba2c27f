"""Embeddings of rows of several tasks, by one layer, as measures between tasks read them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness_plugins.measures import embedded

import harness

if TYPE_CHECKING:
    from harness_plugins.measures.embedded import Vectors

SAMPLE = 1_000
"""Rows of a task at most, drawn once where there are more."""


def of(checkpoint: harness.Checkpoint, pair: harness.TaskPair) -> Mapping[str, harness.Stage]:
    """Sentence embeddings of every task that is compared, by the target's layer and pooling."""
    target = harness.Embed.of_sentences(checkpoint, pair.target)

    def embed(rows: harness.Rows) -> harness.Stage:
        return dataclasses.replace(target, rows=rows, sample=SAMPLE)

    among = {f"task {number}": embed(rows) for number, rows in enumerate(pair.among)}
    return {"intermediate": embed(pair.intermediate), "target": embed(pair.target), **among}


def among(results: Mapping[str, Path]) -> list[Vectors]:
    """The embeddings of every task that is compared."""
    return [embedded.read(results, name) for name in results if name.startswith("task ")]


def cosine(one: Vectors, other: Vectors) -> float:
    """Of two vectors (D,).

    Raises:
        DataError: one of them is 0.
    """
    import numpy as np

    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    if not lengths > 0:
        raise harness.DataError("a task's vector is 0 and has no direction", code="measure-undefined")
    return float(one @ other) / lengths
