"""Rows of scores made by hand, as studies read them."""

from __future__ import annotations

from typing import Any

from harness.results.scores import Row


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
        "development_score": None,
        "development_metric": None,
        "predictions": f"{arm} {seed} {task} {language} {more.get('phase')}",
        **more,
    }
