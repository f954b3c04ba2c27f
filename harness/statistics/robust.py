"""Summaries beside the mean: of the middle half, and of the worst quarter.

Each takes scores (samples, parts) and gives (samples,), so that it can stand where `joint_interval` takes a mean.
"""

from __future__ import annotations

import numpy as np

from harness.statistics.parts import Floats


def interquartile_mean(scores: Floats) -> Floats:
    """Mean of the middle half of the parts, such as language times seed (Agarwal et al. 2021).

    A quarter of the parts, rounded down, is left out at either end, as in rliable.
    """
    left_out = scores.shape[1] // 4
    middle = np.sort(scores, axis=1)[:, left_out : scores.shape[1] - left_out]
    return np.asarray(middle.mean(axis=1), dtype=np.float64)


def worst_quarter_mean(scores: Floats) -> Floats:
    """Mean of the lowest quarter of the parts: the conditional value at risk (Rockafellar and Uryasev 2000).

    Where a quarter is no whole number of parts, the part at its end counts with the fraction that is in it.
    """
    quarter = scores.shape[1] / 4
    weights = np.clip(quarter - np.arange(scores.shape[1]), 0.0, 1.0)
    return np.asarray(np.sort(scores, axis=1) @ weights / quarter, dtype=np.float64)
