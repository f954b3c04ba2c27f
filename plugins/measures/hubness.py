"""Hubness: how much some sentences are the neighbours of many others (Radovanovic et al. 2010, section 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness_plugins.measures import embedded

import harness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEIGHBOURS = 10
"""Of each sentence, the paper's k."""

SENTENCES = 10_000
"""Sentences at most, drawn once where there are more."""

BLOCK = 1_000
"""Sentences whose neighbours are looked for together."""


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """The skewness of how often each sentence is among the nearest of another one, by cosine.

    Raises:
        DataError: there are no more sentences than neighbours, or all are neighbours equally often.
    """
    import numpy as np

    states = embedded.read(results)
    if len(states) > SENTENCES:
        states = states[np.random.default_rng(0).choice(len(states), SENTENCES, replace=False)]
    if len(states) <= NEIGHBOURS:
        raise harness.DataError(f"a sentence needs {NEIGHBOURS} others (n = {len(states)})", code="measure-undefined")
    counts = occurrences(states, NEIGHBOURS)
    if not counts.std():
        raise harness.DataError(
            "every sentence is a neighbour equally often, so that there is no skewness", code="measure-undefined"
        )
    return harness.Measured(float((((counts - counts.mean()) / counts.std()) ** 3).mean()), len(states))


def occurrences(states: NDArray[np.float64], neighbours: int) -> NDArray[np.int64]:
    """How many other vectors have each one among their nearest; of equally near ones the first are nearer."""
    import numpy as np

    units = embedded.units(states)
    counts: NDArray[Any] = np.zeros(len(units), np.int64)
    for start in range(0, len(units), BLOCK):
        # Rounding would break the ties of sentences that stand there twice.
        cosines = np.round(units[start : start + BLOCK] @ units.T, 12)
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -np.inf
        nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :neighbours]
        counts += np.bincount(nearest.ravel(), minlength=len(units))
    return counts


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="hubness",
            unit="skewness",
            description="Skewness of how often a sentence is among the 10 nearest of others: 0 evenly, high where few "
            "sentences are near to most, which retrieval suffers from.",
            of=embedded.of,
            compute=compute,
        )
    )
