"""Estimates of a plan: how many training examples rows make, and how many tokens these have, by the length of texts."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.planning.data import Data
    from harness.planning.stages.rows import Rows

SAMPLE = 200
"""At most so many rows of a task are looked at for an estimate of how long they are."""

CHARACTERS_PER_TOKEN = 4.0


def units(data: Data, rows: Rows) -> int:
    """Training examples: rows, or estimated windows of them."""
    return round(len(data.of(rows).rows) * fmean(len(row) for row in _sampled(data, rows)))


def unit_tokens(data: Data, rows: Rows) -> float:
    """Estimated tokens of a training example."""
    return fmean(tokens for row in _sampled(data, rows) for tokens in row)


def _sampled(data: Data, rows: Rows) -> list[list[float]]:
    """Of some rows from all over a file, the estimated tokens of each one's examples: of itself, or of its windows."""
    kind = data.registry.kind(data.registry.task(rows.task).kind)
    found = data.of(rows).rows
    texts = [kind.texts(row) for row in found[:: -(-len(found) // SAMPLE)]]
    lengths = [[len(text) / CHARACTERS_PER_TOKEN for text in row] for row in texts]
    return [list(kind.lengths(row, rows.hyper)) for row in lengths]
