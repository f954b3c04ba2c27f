"""What a run has recorded, as dictionaries with all fields, for assertions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from harness.results.records import read_records
from harness.results.scores import Row, Scores


def results(directory: Path, kind: str) -> list[dict[str, Any]]:
    """The results of records of a kind, such as "score"; coordinates stand among the fields."""
    records = read_records(directory)
    found: dict[str, list[msgspec.Struct]] = {
        "run": [line.result for line in records.runs],
        "model": [line.result for line in records.models.values()],
        "score": [line.result for line in records.scores],
        "measure": [line.result for line in records.measures],
    }
    return [as_dictionary(result) for result in found[kind]]


def as_dictionary(result: msgspec.Struct) -> dict[str, Any]:
    """All fields of a result, those at their defaults included, and its coordinates."""
    fields: dict[str, Any] = {name: plain(getattr(result, name)) for name in result.__struct_fields__}
    at: dict[str, Any] = fields.pop("at", {})
    return at | fields


def plain(value: Any) -> Any:
    """The same of what is nested in it."""
    if isinstance(value, msgspec.Struct):
        return as_dictionary(value)
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


def clean_rows(directory: Path) -> list[Row]:
    """The flat rows of a run on clean rows."""
    return list(Scores.of(directory).clean.rows)
