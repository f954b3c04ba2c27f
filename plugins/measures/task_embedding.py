"""TaskEmb: how alike two tasks are in what they would change of an encoder (Vu et al. 2020, section 4)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

from harness_plugins.measures import compared

import harness

SAMPLE = 256
"""Rows of a task at most, drawn once where there are more."""

KINDS = ("text-classification", "multiple-choice", "token-classification", "question-answering")
"""Kinds with a head that a row's own loss trains."""


def between(checkpoint: harness.Checkpoint, pair: harness.TaskPair) -> Mapping[str, harness.Stage]:
    """The Fisher information of the model's encoder for each task."""
    return {
        "intermediate": harness.Fisher(checkpoint=checkpoint, rows=pair.intermediate, sample=SAMPLE),
        "target": harness.Fisher(checkpoint=checkpoint, rows=pair.target, sample=SAMPLE),
    }


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """The mean over layers of the cosine of their parameters' information.

    Layers count alike, since the information of one may be many times that of another. What is in no numbered layer is
    one more.

    Raises:
        DataError: no layer matters to both tasks.
    """
    import numpy as np

    one, other = (np.load(results[name] / "information.npy").astype(np.float64) for name in ("intermediate", "target"))
    offsets = np.load(results["target"] / "offsets.npy")
    layers = [slice(start, end) for start, end in itertools.pairwise(offsets)]
    found = [compared.cosine(one[layer], other[layer]) for layer in layers if one[layer].any() and other[layer].any()]
    if not found:
        raise harness.DataError("no layer matters to both tasks", code="measure-undefined")
    return harness.Measured(float(np.mean(found)), len(found))


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="task-embedding",
            unit="cosine",
            description="TaskEmb: mean over layers of the cosine of two tasks' Fisher information, the higher the more "
            "they would change the same parameters. Reads labels, the target's in its language too.",
            kinds=KINDS,
            between=between,
            compute=compute,
        )
    )
