"""Isotropy: in how many directions sentence embeddings vary (IsoScore, Rudman et al. 2022, section 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from harness_plugins.measures import embedded

import harness


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """IsoScore, in the closed form (p - 1) / (d - 1), where p = tr(C)² / tr(C²) of the covariance C in d dimensions.

    Raises:
        DataError: the embeddings do not vary, or have one dimension.
    """
    import numpy as np

    centred = embedded.centred(embedded.read(results))
    dimensions = centred.shape[1]
    if dimensions < 2:
        raise harness.DataError("embeddings of one dimension have no other direction", code="measure-undefined")
    # Of a covariance and of its Gram matrix, both traces are the same: the smaller one is made.
    product = centred.T @ centred if len(centred) > dimensions else centred @ centred.T
    participating = float(np.trace(product)) ** 2 / float((product**2).sum())
    return harness.Measured((participating - 1) / (dimensions - 1), len(centred))


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="isotropy",
            unit="IsoScore",
            description="How evenly sentence embeddings vary in all dimensions: 1 alike in each, 0 along one line. "
            "Unlike anisotropy it does not see their mean. Fewer sentences than dimensions keep it low.",
            of=embedded.of,
            compute=compute,
        )
    )
