"""Frozen embeddings with their labels, which measures of transferability read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KINDS = ("text-classification", "multiple-choice", "token-classification")
"""Kinds whose rows have labels that an embedding can be asked for."""

EXAMPLES = 10_000
"""Embeddings at most, drawn once where there are more."""


def of(checkpoint: harness.Checkpoint, rows: harness.Rows) -> Mapping[str, harness.Stage]:
    """Embeddings by the task's own layer, of sequences or of each token, and the encoded rows, which have labels."""
    embeddings = harness.Embed.of_sentences(checkpoint, rows)
    if rows.kind == "token-classification":
        embeddings = dataclasses.replace(embeddings, pooling="tokens")
    return {"embeddings": embeddings, "rows": harness.encoded(rows, checkpoint)}


def read(results: Mapping[str, Path]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Embeddings (N, D) and their labels from 0 (N,): of a pair its label, of a choice whether it is right, of a word's
    first token its tag.

    Raises:
        DataError: all labels are the same.
    """
    import numpy as np

    states = np.load(results["embeddings"] / "states.npy")
    features = harness.Features.load(results["rows"])
    if "tag" in features.token_columns:
        labels = np.asarray(features.token_columns["tag"])
    else:
        # A unit has a sequence per choice, and its label is the number of the right one.
        sizes = np.diff(features.units)
        labels = np.repeat(features.unit_columns["label"], sizes)
        if (sizes > 1).any():
            labels = (np.arange(len(labels)) - np.repeat(features.units[:-1], sizes) == labels).astype(np.int64)
    kept = np.flatnonzero(labels >= 0)
    if len(kept) > EXAMPLES:
        kept = np.sort(np.random.default_rng(0).choice(kept, EXAMPLES, replace=False))
    classes, labels = np.unique(labels[kept], return_inverse=True)
    if len(classes) < 2:
        raise harness.DataError(
            f"different labels: {len(classes)}; two or more are needed (n = {len(kept)})",
            code="measure-undefined",
        )
    return states[kept].astype(np.float64), labels
