"""MMD: how far apart the sentence embeddings of two tasks are distributed (Gretton et al. 2012, lemma 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness_plugins.measures import compared, embedded

import harness

if TYPE_CHECKING:
    from harness_plugins.measures.embedded import Vectors

DISTANCES = 2_000
"""Embeddings, of all tasks together, whose distances decide the bandwidth."""


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """The unbiased estimate of the squared MMD under exp(-|x - y|² / 2s²), s the median distance over all tasks.

    Raises:
        DataError: a task has fewer than two rows, or most embeddings are the same.
    """
    one, other = (embedded.read(results, name) for name in ("intermediate", "target"))
    if min(len(one), len(other)) < 2:
        raise harness.DataError(
            f"two rows or more of each task are needed (n = {len(one)} and {len(other)})", code="measure-undefined"
        )
    width = median_distance(compared.among(results))
    return harness.Measured(squared_mmd(one, other, width), len(one) + len(other))


def squared_mmd(one: Vectors, other: Vectors, width: float) -> float:
    """May be a little below 0, where the distributions are the same."""
    import numpy as np

    def similarities(left: Vectors, right: Vectors) -> Vectors:
        found: Vectors = np.exp(-squared_distances(left, right) / (2 * width**2))
        return found

    def within(states: Vectors) -> float:
        count = len(states)
        return float(similarities(states, states).sum() - count) / (count * (count - 1))

    return within(one) + within(other) - 2 * float(similarities(one, other).mean())


def median_distance(tasks: list[Vectors]) -> float:
    """Of different embeddings, of as many rows of each task.

    Raises:
        DataError: it is 0.
    """
    import numpy as np

    count = min(len(states) for states in tasks)
    states = np.concatenate([one[: max(2, min(count, DISTANCES // len(tasks)))] for one in tasks])
    width = float(np.median(np.sqrt(squared_distances(states, states)[np.triu_indices(len(states), 1)])))
    if not width > 0:
        raise harness.DataError("most embeddings are the same, and so have no distance", code="measure-undefined")
    return width


def squared_distances(one: Vectors, other: Vectors) -> Vectors:
    """(N, M), not below 0."""
    import numpy as np

    found: Vectors = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    return np.maximum(found, 0.0)


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="mmd",
            unit="squared MMD",
            description="Distance of the distributions of two tasks' sentence embeddings: 0 the same, 2 at most, the "
            "higher the less alike. Gaussian kernel; its width is the median distance over all tasks compared.",
            between=compared.of,
            compute=compute,
        )
    )
