"""Item scores of records, from stored predictions, each read once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.evaluation import predictions
from harness.item_scores import ItemScores, item_scores
from harness.registry import Registry


class StoredItems:
    """What items scored, by row of the flat table.

    Args:
        store: the directory of the store that has the predictions.
    """

    def __init__(self, store: Path, registry: Registry) -> None:
        self._store = store
        self._registry = registry
        self._found: dict[tuple[str, str], ItemScores | None] = {}

    def __call__(self, row: Mapping[str, Any]) -> ItemScores | None:
        """Each item's numbers behind a score; None where its predictions, or the plugin of its metric, are gone."""
        key = (row["predictions"], row["metric"])
        if key not in self._found:
            directory = self._store / "predict" / row["predictions"]
            metric = self._registry.metrics.get(row["metric"])
            found = metric is not None and (directory / predictions.FILE).is_file()
            self._found[key] = item_scores(metric, predictions.read_columns(directory)) if metric and found else None
        return self._found[key]
