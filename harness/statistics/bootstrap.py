"""Bootstrap intervals of metrics written as sums: of one score, and of the gain of one checkpoint over another.

Resampling never touches predictions: items are rows of numbers, so one resample is a weighted sum of rows. A score over
parallel items, such as a mean over languages, puts the numbers of all languages of an item side by side in its row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from harness.statistics.intervals import OTHER_ITEMS, Interval

Value = Callable[[Sequence[float], int], float]
"""A score from the sums of an item's numbers and the number of items, as `Metric.value`."""

CHUNK_BYTES = 32 * 2**20


def bootstrap(
    statistics: npt.ArrayLike,
    value: Value,
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    clusters: npt.ArrayLike | None = None,
) -> Interval:
    """Percentile interval of a score.

    Args:
        statistics: (n, k) numbers, one row an item.
        value: the score from k sums and the number of items.
        level: confidence level between 0 and 1.
        resamples: how many times items are drawn anew.
        seed: decides the draws; equal seeds give equal intervals.
        clusters: (n,) integers; items with the same one, such as the questions of a paragraph, are drawn together.

    Raises:
        ValueError: no items, or arrays of other shapes.
    """
    scores = [value(sums, n) for sums, n in _resampled_sums(_rows(statistics), resamples, seed, clusters)]
    return _percentile_interval(scores, level, "bootstrap")


def paired_gain(
    statistics_a: npt.ArrayLike,
    statistics_b: npt.ArrayLike,
    value: Value,
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    clusters: npt.ArrayLike | None = None,
) -> Interval:
    """Percentile interval of score a minus score b, both computed on the same redrawn items.

    Args are those of `bootstrap`; row i of both arrays belongs to the same item.

    Raises:
        ValueError: no items, or arrays of other shapes.
    """
    a, b = _rows(statistics_a), _rows(statistics_b)
    if a.shape != b.shape:
        raise ValueError(f"paired statistics differ in shape: {a.shape} and {b.shape}")
    k = a.shape[1]
    gains = [
        value(sums[:k], n) - value(sums[k:], n)
        for sums, n in _resampled_sums(np.hstack([a, b]), resamples, seed, clusters)
    ]
    return _percentile_interval(gains, level, "paired bootstrap")


def _rows(statistics: npt.ArrayLike) -> npt.NDArray[np.float64]:
    rows = np.asarray(statistics, dtype=np.float64)
    if rows.ndim != 2 or not rows.size:
        raise ValueError(f"statistics are one row of numbers an item, not an array of shape {rows.shape}")
    return rows


def _resampled_sums(
    rows: npt.NDArray[np.float64], resamples: int, seed: int, clusters: npt.ArrayLike | None
) -> list[tuple[list[float], int]]:
    """Column sums and number of items of each resample."""
    units = _units(rows, clusters)
    m = len(units)
    generator = np.random.default_rng(seed)
    # 16-bit draws take half the time, and drawing resample by resample makes them independent of the chunk size.
    index_type = np.uint16 if m <= 2**16 else np.uint32
    counts = np.empty((max(1, min(resamples, CHUNK_BYTES // (8 * m))), m))
    sums = np.empty((resamples, units.shape[1]))
    for start in range(0, resamples, len(counts)):
        chunk = counts[: resamples - start]
        for row in chunk:
            row[:] = np.bincount(generator.integers(m, size=m, dtype=index_type), minlength=m)
        sums[start : start + len(chunk)] = chunk @ units
    return [(row[:-1], round(row[-1])) for row in sums.tolist()]


def _units(rows: npt.NDArray[np.float64], clusters: npt.ArrayLike | None) -> npt.NDArray[np.float64]:
    """What is drawn: sums of the rows of each cluster, or the rows, each with its number of items as last column."""
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    if clusters is None:
        return rows
    labels = np.asarray(clusters)
    if labels.shape != (len(rows),):
        raise ValueError(f"clusters of shape {labels.shape} for items of shape {rows.shape}")
    members, index = np.unique(labels, return_inverse=True)
    units = np.zeros((len(members), rows.shape[1]))
    np.add.at(units, index, rows)
    return units


def _percentile_interval(scores: list[float], level: float, method: str) -> Interval:
    tail = (1 - level) / 2
    low, high = np.quantile(scores, [tail, 1 - tail])
    return Interval(low=float(low), high=float(high), level=level, method=method, answers=OTHER_ITEMS)
