"""Rows of scores made by hand, as studies read them."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.item_scores import ItemScores
from harness.metrics import Metric
from harness.results.scores import Row

ITEMS = tuple(f"item {number}" for number in range(50))
METRIC = Metric(name="m", kinds=("text-classification",), statistics=lambda _: [])


def score_row(arm: str, seed: int, task: str, language: str, value: float | None, **more: Any) -> Row:
    """A score by the main metric; further coordinates and columns as keywords."""
    return {
        "arm": arm,
        "base_label": arm,
        "varied": "{}",
        "seed": seed,
        "task": task,
        "language": language,
        "split": "test",
        "perturbation": "",
        "metric": "m",
        "main": True,
        "clean": "phase" not in more,
        "value": value,
        "n": len(ITEMS),
        "data": "d",
        "development_score": None,
        "development_metric": None,
        "predictions": f"{arm} {seed} {task} {language} {more.get('phase')}",
        **more,
    }


def items_of(row: Row) -> ItemScores:
    """Items whose mean is the row's value, and which arms answer a little otherwise, each alike in all its seeds."""
    seed = [*f"{row['arm']} {row['task']} {row['language']}".encode()]
    noise = np.random.default_rng(seed).normal(0, 0.01, len(ITEMS))
    return ItemScores(METRIC, (row["value"] / 100 + noise - noise.mean())[:, None], None, ITEMS)
