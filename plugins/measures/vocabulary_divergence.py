"""Vocabulary divergence: how differently two tasks use tokens (Jensen-Shannon divergence, Lin 1991)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import harness


def between(checkpoint: harness.Checkpoint, pair: harness.TaskPair) -> Mapping[str, harness.Stage]:
    """How often each token of the model's tokenizer occurs in all rows of each task."""
    return {
        "intermediate": harness.TokenCounts(pair.intermediate, checkpoint.origin),
        "target": harness.TokenCounts(pair.target, checkpoint.origin),
    }


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """The Jensen-Shannon divergence of the two distributions, over the tokens of the target.

    Raises:
        DataError: the texts of one have no tokens but special ones.
    """
    import numpy as np

    counts = [np.load(results[name] / "counts.npy").astype(np.float64) for name in ("intermediate", "target")]
    if not all(one.any() for one in counts):
        raise harness.DataError("a task's texts have no tokens that the model knows", code="measure-undefined")
    one, other = (count / count.sum() for count in counts)
    mean = (one + other) / 2
    divergences = [float((part[part > 0] * np.log2(part[part > 0] / mean[part > 0])).sum()) for part in (one, other)]
    return harness.Measured(sum(divergences) / 2, int(counts[1].sum()))


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="vocabulary-divergence",
            unit="bits",
            description="Jensen-Shannon divergence of two tasks' tokens: 0 the same tokens equally often, 1 no token "
            "in common, the higher the less alike.",
            between=between,
            compute=compute,
        )
    )
