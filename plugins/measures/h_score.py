"""H-score: how far the classes' mean embeddings lie apart, measured by what all embeddings vary (Bao et al. 2019)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness_plugins.measures import embedded, labelled

import harness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """tr(C⁻¹ B) of the covariance C of embeddings and the covariance B of their classes' means.

    Where embeddings are few for their dimensions, C is close to singular and the score says only how few. C is
    therefore shrunk as Ledoit and Wolf (2004) do, and B with it (Ibrahim et al. 2021); with many rows both stay.

    Raises:
        DataError: all labels or all embeddings are the same.
    """
    import numpy as np

    states, labels = labelled.read(results)
    centred = embedded.centred(states)
    counts = np.bincount(labels)
    means = np.zeros((len(counts), states.shape[1]))
    np.add.at(means, labels, centred)
    means /= counts[:, None]
    between = (means.T * counts) @ means / len(states)
    share, covariance = shrunk(centred)
    return harness.Measured(float((1 - share) * np.trace(np.linalg.pinv(covariance) @ between)), len(states))


def shrunk(centred: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """How much of a covariance is replaced by its mean variance in every direction, and what that makes of it."""
    import numpy as np

    count, dimensions = centred.shape
    covariance = centred.T @ centred / count
    mean = float(np.trace(covariance)) / dimensions
    distance = float((covariance**2).sum()) - dimensions * mean**2
    spread = (float((((centred**2).sum(1)) ** 2).sum()) / count - float((covariance**2).sum())) / count
    share = min(1.0, max(0.0, spread) / distance) if distance > 0 else 0.0
    return share, (1 - share) * covariance + share * mean * np.eye(dimensions)


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="h-score",
            unit="H-score",
            description="Variance of the classes' mean embeddings, in units of that of all: 0 where classes are alike, "
            "at most their number less one. The covariance is shrunk.",
            kinds=labelled.KINDS,
            of=labelled.of,
            compute=compute,
        )
    )
