"""TextEmb: how alike the texts of two tasks are to an encoder (Vu et al. 2020, section 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from harness_plugins.measures import compared, embedded

import harness


def between(checkpoint: harness.Checkpoint, pair: harness.TaskPair) -> Mapping[str, harness.Stage]:
    """The mean over tokens of the last layer's states, special tokens included, of each row."""

    def embed(rows: harness.Rows) -> harness.Stage:
        layer = checkpoint.shape.layers
        return harness.Embed(checkpoint=checkpoint, rows=rows, layer=layer, pooling="mean", sample=compared.SAMPLE)

    return {"intermediate": embed(pair.intermediate), "target": embed(pair.target)}


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """The cosine of the two tasks' mean states.

    Raises:
        DataError: one of them is 0.
    """
    one, other = (embedded.read(results, name) for name in ("intermediate", "target"))
    return harness.Measured(compared.cosine(one.mean(0), other.mean(0)), len(one) + len(other))


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="text-embedding",
            unit="cosine",
            description="TextEmb: cosine of the mean last states of two tasks' texts, the higher the more alike. Often "
            "near 1 for all tasks, as embeddings are anisotropic; sentence-embedding takes off what all share.",
            between=between,
            compute=compute,
        )
    )
