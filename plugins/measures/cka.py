"""CKA: how much of a representation training has left as it was (linear CKA, Kornblith et al. 2019, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness_plugins.measures import embedded

import harness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST = 4
"""Rows that the unbiased estimate needs."""


def of(checkpoint: harness.Checkpoint, rows: harness.Rows) -> Mapping[str, harness.Stage]:
    """Embeddings of the same rows by the checkpoint and by the model that its chain began with."""
    return {
        "now": harness.Embed.of_sentences(checkpoint, rows),
        "before": harness.Embed.of_sentences(checkpoint.origin, rows),
    }


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """Linear CKA with the unbiased estimate of HSIC (Song et al. 2012), which does not rise where rows are few.

    Raises:
        DataError: there are fewer than four rows, or one of the two does not vary.
    """
    import numpy as np

    now, before = (embedded.read(results, name) for name in ("now", "before"))
    if len(now) < FEWEST:
        raise harness.DataError(f"CKA needs {FEWEST} rows or more (n = {len(now)})", code="measure-undefined")
    now, before = embedded.centred(now), embedded.centred(before)
    own = hsic(now, now) * hsic(before, before)
    if not own > 0:
        raise harness.DataError(f"the embeddings vary too little (n = {len(now)})", code="measure-undefined")
    return harness.Measured(float(hsic(now, before) / np.sqrt(own)), len(now))


def hsic(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The unbiased estimate of HSIC of centred features (N, D) under linear kernels, but for a factor of N alone."""
    size = len(one)
    norms, other_norms = (one**2).sum(1), (other**2).sum(1)
    product = float(((one.T @ other) ** 2).sum())
    return float(
        product
        - size / (size - 2) * (norms @ other_norms)
        + norms.sum() * other_norms.sum() / ((size - 1) * (size - 2))
    )


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="cka",
            unit="CKA",
            description="Similarity of a checkpoint's sentence embeddings with those of the model its phases began "
            "with: 1 the same but for rotation and scale, about 0 unrelated (debiased linear CKA).",
            of=of,
            compute=compute,
        )
    )
