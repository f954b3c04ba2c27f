"""SEmb: how alike two tasks are beyond what all tasks share (Poth et al. 2021, section 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from harness_plugins.measures import compared, embedded

import harness

FEWEST = 3
"""Tasks at least: of two, each is the opposite of the other about their mean."""


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """The cosine of the two tasks' mean sentence embeddings, after the mean over all tasks compared is subtracted.

    Raises:
        DataError: fewer than three tasks are compared, or one is as the mean of all.
    """
    import numpy as np

    every = compared.among(results)
    if len(every) < FEWEST:
        raise harness.DataError(
            f"sentence embeddings are centred over tasks, of which {FEWEST} or more are needed (n = {len(every)})",
            code="measure-undefined",
            fix="have more intermediate tasks or targets compared, or take text-embedding",
        )
    shared = np.mean([states.mean(0) for states in every], axis=0)
    one, other = (embedded.read(results, name) for name in ("intermediate", "target"))
    return harness.Measured(compared.cosine(one.mean(0) - shared, other.mean(0) - shared), len(one) + len(other))


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="sentence-embedding",
            unit="cosine",
            description="SEmb: cosine of two tasks' mean sentence embeddings less the mean over all tasks compared in "
            "this language: above 0 more alike than tasks are, below 0 less.",
            between=compared.of,
            compute=compute,
        )
    )
