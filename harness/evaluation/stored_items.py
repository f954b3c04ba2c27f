"""Item scores of records, from stored predictions, each read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.evaluation import predictions
from harness.integrity import checked
from harness.item_scores import ItemScores, item_scores
from harness.registry import Registry


class StoredItems:
    """What items scored, by row of the flat table.

    Args:
        stores: directories of stores, one of which has the predictions.
    """

    def __init__(self, stores: Sequence[Path], registry: Registry) -> None:
        self._stores = stores
        self._registry = registry
        self._found: dict[tuple[str, str], ItemScores | None] = {}

    def __call__(self, row: Mapping[str, Any]) -> ItemScores | None:
        """Each item's numbers behind a score; None where its predictions, or the plugin of its metric, are gone."""
        key = (row["predictions"], row["metric"])
        if key not in self._found:
            metric = self._registry.metrics.get(row["metric"])
            columns = self.predictions(row) if metric else None
            self._found[key] = item_scores(metric, columns) if metric and columns else None
        return self._found[key]

    def predictions(self, row: Mapping[str, Any]) -> predictions.Columns | None:
        """The predictions behind a score; None where they are gone."""
        places = (store / "predict" / row["predictions"] for store in self._stores if row["predictions"])
        directory = next((place for place in places if (place / predictions.FILE).is_file()), None)
        return predictions.read_columns(checked(directory)) if directory else None

    def answers(self, row: Mapping[str, Any]) -> Sequence[Any] | None:
        """What was answered to each item, as the metric of a score reads it: by the threshold, of metrics with one.

        Returns:
            None where the predictions are gone.
        """
        columns = self.predictions(row)
        if columns is None:
            return None
        metric, task = self._registry.metrics.get(row["metric"]), self._registry.tasks.get(row["task"])
        kind = self._registry.kinds.get(task.kind) if task else None
        found: Sequence[Any] = kind.answers(columns, metric) if kind and metric else columns["prediction"]
        return found
