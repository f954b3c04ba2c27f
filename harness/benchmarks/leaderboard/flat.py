"""A document as a flat table: one row a system, task, language and metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

COLUMNS = {
    "benchmark": str,
    "model": str,
    "start": str,
    "arm": str,
    "mode": str,
    "task": str,
    "kind": str,
    "language": str,
    "metric": str,
    "printed": str,
    "value": float,
    "low": float,
    "high": float,
    "level": float,
    "method": str,
    "answers": str,
    "seeds": int,
    "seed": str,
    "n": int,
    "task_version": int,
    "metric_version": int,
    "split": str,
    "source": str,
    "data": str,
    "precision": str,
    "marks": str,
    "run": str,
    "xharness": str,
}
"""Type by column. `seed`, `marks`, `run` and `xharness` hold several values with a space between."""


def rows(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows with all `COLUMNS`; None where there is no value."""
    versions: dict[str, set[str]] = {}
    for run in document["runs"]:
        versions.setdefault(run["digest"], set()).add(run["versions"].get("xharness", ""))
    for system in document["systems"]:
        for row in system["rows"]:
            runs = sorted({score["run"] for score in row["scores"]})
            found = {"benchmark": document["benchmark"]["name"], **system, **row, **(row["interval"] or {})}
            found |= {
                "seed": _words(score["seed"] for score in row["scores"] if score["value"] is not None),
                "marks": _words(row["marks"]),
                "run": _words(runs),
                "xharness": _words(sorted({version for run in runs for version in versions.get(run, ())})),
            }
            yield {name: found.get(name) for name in COLUMNS}


def _words(values: Any) -> str:
    return " ".join(str(value) for value in values)
