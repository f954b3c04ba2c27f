"""Which values are the same but for how they were added up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

ROUNDING = 1e-9
"""Difference up to which values are the same; of values beyond 1, relative to the largest."""


def levelled(values: Sequence[float]) -> list[float]:
    """The values, of which those that differ by rounding are equal: each is the lowest of those that it ties with.

    Args:
        values: finite ones, as of scores in percent; what is far below 1 is to be scaled first.
    """
    apart = ROUNDING * max((1.0, *map(abs, values)))
    lowest: dict[float, float] = {}
    previous, level = float("-inf"), 0.0
    for value in sorted(set(values)):
        level = level if value - previous <= apart else value
        lowest[value] = level
        previous = value
    return [lowest[value] for value in values]


def tied_with_best(values: ArrayLike) -> NDArray[np.bool_]:
    """Which values are the highest ones of the last axis, but for rounding: (...,) of (...,).

    Args:
        values: finite ones, as of `levelled`.
    """
    found = np.asarray(values, np.float64)
    apart = ROUNDING * np.maximum(1.0, np.abs(found).max(axis=-1, keepdims=True))
    return np.asarray(found >= found.max(axis=-1, keepdims=True) - apart, np.bool_)
