"""Stored predictions: one Parquet file a checkpoint, task and language; everything later questions need, no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FILE = "predictions.parquet"
TUNING_FILE = "tuning.parquet"
"""Predictions of the validation rows on which a threshold was tuned."""


def write(directory: Path, rows: Sequence[Mapping[str, Any]], name: str = FILE) -> None:
    """Write predictions; each row has key, id, item, group, language, gold, prediction, what its kind adds."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(list(rows)), directory / name, compression="zstd")


def columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows, which all have the same fields, as the columns that metrics read."""
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def read_columns(directory: Path, name: str = FILE) -> dict[str, list[Any]]:
    """The predictions in a directory by column, as metrics read them."""
    import pyarrow.parquet as pq

    columns: dict[str, list[Any]] = pq.read_table(directory / name).to_pydict()
    return columns


def read(directory: Path, name: str = FILE) -> list[dict[str, Any]]:
    """The predictions in a directory, in the order of the rows."""
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(directory / name).to_pylist()
    return rows
