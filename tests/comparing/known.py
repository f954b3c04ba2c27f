"""Two sides whose items are known, as the flat table has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.item_scores import ItemScores
from harness.registry import default_registry
from harness.results.scores import Row
from tests.flat import flat_row

Right = Mapping[str, Sequence[int]]
"""Which items are right, 1 or 0, by the digest of the predictions."""


class Items:
    """What items scored, by the predictions of a row, as if they were stored; None where there are none."""

    def __init__(self, right: Right) -> None:
        self.right = dict(right)

    def __call__(self, row: Row) -> ItemScores | None:
        if row["predictions"] not in self.right:
            return None
        statistics = np.array(self.right[row["predictions"]], dtype=float)[:, None]
        names = tuple(f"i{place}" for place in range(len(statistics)))
        return ItemScores(default_registry().metric(row["metric"]), statistics, None, names)


def scored(right: Sequence[int], made: str, **other: Any) -> dict[str, Any]:
    """A row with the accuracy of items."""
    values = {"n": len(right), "predictions": made, "model": made, "hyper": "{}", "precision": "fp32", **VERSIONS}
    return flat_row(100.0 * sum(right) / len(right), **{**values, **other})


VERSIONS = {"task_version": 1, "metric_version": 1, "run": "r"}
