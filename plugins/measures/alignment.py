"""Alignment: how much nearer translations are than other sentences, without labels or training.

Wang and Isola (2020, section 4.1) measure the mean squared distance of pairs that belong together, on the sphere 2 less
twice the mean cosine. Where all embeddings point the same way every such distance is small. The mean cosine of
sentences that are no translations of each other is therefore subtracted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from harness_plugins.measures import embedded

import harness


def of(checkpoint: harness.Checkpoint, rows: harness.Rows) -> Mapping[str, harness.Stage]:
    """Sentence embeddings by the task's own layer and pooling, and which are translations."""
    return {**embedded.of(checkpoint, rows), "translations": harness.Translations(rows)}


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """The mean cosine of translations minus that of all other pairs of a source and a target sentence.

    Raises:
        DataError: no sentence has a translation, or every pair is one.
    """
    import numpy as np

    sides = np.load(results["translations"] / "sides.npy")
    first, other = np.load(results["translations"] / "pairs.npy").T
    units = embedded.units(embedded.read(results))
    sources, targets = units[sides == 0], units[sides == 1]
    others = len(sources) * len(targets) - len(first)
    if not len(first) or not others:
        raise harness.DataError(
            f"translations: {len(first)} of {len(first) + others} pairs of sentences; some must be, and others not",
            code="measure-undefined",
        )
    together = np.einsum("ij,ij->", units[first], units[other])
    apart = (sources.sum(0) @ targets.sum(0) - together) / others
    return harness.Measured(float(together / len(first) - apart), len(first))


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="alignment",
            unit="cosine",
            description="Mean cosine of translations minus that of other pairs: 0 where embeddings do not tell "
            "translations, the higher the nearer they are.",
            kinds=("sentence-similarity", "bitext-mining"),
            of=of,
            compute=compute,
        )
    )
