"""Sums of units drawn anew, and of units whose two sides are swapped: the two loops that have to be fast."""

from __future__ import annotations

import numpy as np

from harness.statistics.parts import Floats

CHUNK_BYTES = 32 * 2**20
BLOCK = 2**14
"""Draws that are made at once."""
DRAW_COUNTS_BELOW = 1 / 50
"""Distinct rows per row below which drawing how often each is met is faster than drawing rows."""


def redrawn_sums(table: Floats, resamples: int, generator: np.random.Generator) -> Floats:
    """Column sums of as many rows drawn with replacement as there are, (resamples, columns)."""
    m = len(table)
    rows, counts = np.unique(table, axis=0, return_counts=True)
    if len(rows) < DRAW_COUNTS_BELOW * m:
        drawn = generator.multinomial(m, counts / m, size=resamples)
        return np.asarray(drawn @ rows, dtype=np.float64)
    # 16-bit draws take half the time. Rows are drawn in blocks whose size depends on nothing but the number of rows, so
    # that draws do not depend on the chunk size; a block's counts stay in the processor's cache.
    index_type = np.uint16 if m <= 2**16 else np.uint32
    block = max(1, BLOCK // m)
    first_of_rows = m * np.arange(block)[:, None]
    weights = np.empty((block * max(1, CHUNK_BYTES // (8 * m * block)), m))
    sums = np.empty((resamples, table.shape[1]))
    for start in range(0, resamples, len(weights)):
        chunk = weights[: resamples - start]
        for place in range(0, len(chunk), block):
            drawn = generator.integers(m, size=(block, m), dtype=index_type) + first_of_rows
            counts = np.bincount(drawn.ravel(), minlength=block * m).reshape(block, m)
            chunk[place : place + block] = counts[: len(chunk) - place]
        sums[start : start + len(chunk)] = chunk @ table
    return sums


def flipped_sums(table: Floats, flips: int, generator: np.random.Generator) -> Floats:
    """Column sums of the rows whose coin, one per row, shows heads, (flips, columns)."""
    rows, counts = np.unique(table, axis=0, return_counts=True)
    if len(rows) < DRAW_COUNTS_BELOW * len(table):
        heads = np.stack([generator.binomial(count, 0.5, size=flips) for count in counts.tolist()], axis=1)
        return np.asarray(heads @ rows, dtype=np.float64)
    sums = np.empty((flips, table.shape[1]))
    bytes_per_flip = -(-len(table) // 8)
    step = max(1, min(flips, CHUNK_BYTES // (8 * len(table))))
    for start in range(0, flips, step):
        size = min(step, flips - start)
        coins = np.frombuffer(generator.bytes(size * bytes_per_flip), dtype=np.uint8).reshape(size, bytes_per_flip)
        sums[start : start + size] = np.unpackbits(coins, axis=1, count=len(table)).astype(np.float64) @ table
    return sums


def all_flipped_sums(table: Floats) -> Floats:
    """Column sums of each set of rows, (2 ** rows, columns)."""
    m = len(table)
    sets = (np.arange(2**m)[:, None] >> np.arange(m)) & 1
    return np.asarray(sets @ table, dtype=np.float64)
