"""Anisotropy: how much all sentence embeddings point the same way (Ethayarajh 2019, section 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from harness_plugins.measures import embedded

import harness

PAIRS = 100_000
"""Random pairs of different sentences whose cosines are averaged."""


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """The mean cosine of random pairs.

    Raises:
        DataError: there are fewer than two sentences.
    """
    import numpy as np

    states = embedded.read(results)
    if len(states) < 2:
        raise harness.DataError(f"there are no pairs of sentences (n = {len(states)})", code="measure-undefined")
    units = embedded.units(states)
    rng = np.random.default_rng(0)
    first = rng.integers(len(units), size=PAIRS)
    other = (first + rng.integers(1, len(units), size=PAIRS)) % len(units)
    return harness.Measured(float(np.einsum("ij,ij->i", units[first], units[other]).mean()), PAIRS)


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="anisotropy",
            unit="cosine",
            description="Mean cosine of random pairs of sentence embeddings; 0 where they point everywhere alike.",
            of=embedded.of,
            compute=compute,
        )
    )
