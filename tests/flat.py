"""Rows of the flat table made by hand, for tests of what is computed from them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from harness.results.columns import columns
from harness.results.scores import Row, Scores

PLAIN: dict[str, Any] = {
    "task": "pawsx",
    "metric": "accuracy",
    "main": True,
    "unit": "percent",
    "arm": "none",
    "seed": 1,
    "language": "en",
    "split": "test",
    "perturbation": "",
    "interval": "wilson",
    "n": 100,
    "stand_in": False,
    "limited": False,
    "overlap": "[]",
    "selected_on": "[]",
    "n_skipped": 0,
    "n_changed": 0,
    "diagnostic": False,
    "truncated": 0,
    "constant": False,
    "role": "target",
    "data": "d",
    "predictions": "p",
    "run_directory": "runs/a",
    "source": "files",
    "model_name": "mini",
    "development_score": None,
    "development_metric": None,
    "varied": "{}",
}


def flat_row(value: float | None, **other: Any) -> dict[str, Any]:
    """A row with a value; whatever is not said is as plain as can be, and gains are against the arm none."""
    arm = other.get("arm", "none")
    names = [] if arm == "none" else re.split(" [+>] ", arm)
    mode = "sequential" if " > " in arm else ["none", "single"][len(names)] if len(names) < 2 else "multitask"
    own = {
        "value": value,
        "low": None if value is None else value - 1,
        "high": None if value is None else value + 2,
        "status": "failed" if value is None else "ok",
        "error": "broken" if value is None else None,
        "mode": mode,
        "intermediate": "+".join(names),
        "arm_text": arm,
        "base_label": arm,
        "against": "" if arm == "none" else "none",
    }
    row = PLAIN | own | ({"n": 0} if value is None else {}) | other
    return {"clean": not row["perturbation"] and row.keys() <= columns().keys(), **row}


def scores_of(rows: Iterable[Row], **options: Any) -> Scores:
    """The rows as scores."""
    return Scores(list(rows), **options)
