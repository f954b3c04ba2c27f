"""LogME: how probable labels are under a linear model on frozen embeddings (You et al. 2021, section 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness_plugins.measures import labelled

import harness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ITERATIONS = 100
"""Of the fixed point, at most; a few are enough as a rule."""

CLOSE = 1e-6
"""Relative change at which it is taken for reached."""

LEAST = 1e-5
"""Added to both denominators of the fixed point, as the authors do, so that labels can be met exactly."""


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """The mean over classes of the log evidence per embedding of "is of this class".

    Raises:
        DataError: all labels are the same, or all embeddings 0.
    """
    import numpy as np

    states, labels = labelled.read(results)
    if not states.any():
        raise harness.DataError(f"all embeddings are 0 (n = {len(states)})", code="measure-undefined")
    left, singular, _ = np.linalg.svd(states, full_matrices=False)
    evidences = [
        log_evidence(left, singular**2, (labels == label).astype(np.float64)) for label in range(int(labels.max()) + 1)
    ]
    return harness.Measured(float(np.mean(evidences)), len(states))


def log_evidence(left: NDArray[np.float64], squares: NDArray[np.float64], targets: NDArray[np.float64]) -> float:
    """The log density of targets (N,) at the prior's and the noise's most probable precision, divided by N.

    Args:
        left: left singular vectors of the embeddings (N, K).
        squares: squared singular values (K,).
    """
    import numpy as np

    count = len(targets)
    along = (left.T @ targets) ** 2
    outside = max(0.0, float(targets @ targets - along.sum()))
    ratio, prior, noise = 0.0, 1.0, 1.0
    for _ in range(ITERATIONS):
        if abs(prior / noise - ratio) <= CLOSE * ratio:
            break
        ratio = prior / noise
        used = float((squares / (squares + ratio)).sum())
        weights = float((squares * along / (squares + ratio) ** 2).sum())
        error = float((along * (ratio / (squares + ratio)) ** 2).sum()) + outside
        prior, noise = used / (weights + LEAST), max(count - used, LEAST) / (error + LEAST)
    variances = squares / prior + 1 / noise
    logs = float(np.log(variances).sum()) - (count - len(squares)) * np.log(noise) + count * np.log(2 * np.pi)
    return float(-(logs + (along / variances).sum() + noise * outside) / 2 / count)


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="logme",
            unit="nats",
            description="Log evidence per label of a linear model on frozen embeddings: the higher, the better they "
            "fit the labels. Compare it between checkpoints on the same rows alone.",
            kinds=labelled.KINDS,
            of=labelled.of,
            compute=compute,
        )
    )
