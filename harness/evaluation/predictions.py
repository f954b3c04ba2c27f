"""Stored predictions: one Parquet file a checkpoint, task and language; everything later questions need, no model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

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


class Columns(Mapping[str, Any]):
    """The columns of stored predictions, each of which becomes Python objects when it is first looked at.

    A metric needs few of them, and those with all candidates of an answer take long.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._made: dict[str, list[Any]] = {}

    @property
    def made(self) -> frozenset[str]:
        """Names of the columns that were looked at."""
        return frozenset(self._made)

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self._made:
            self._made[name] = self._table.column(name).to_pylist()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table.column_names)

    def __len__(self) -> int:
        return int(self._table.num_columns)

    def __contains__(self, name: object) -> bool:
        return name in self._table.column_names


def read_columns(directory: Path, name: str = FILE) -> Columns:
    """The predictions in a directory by column, as metrics read them."""
    import pyarrow.parquet as pq

    return Columns(pq.read_table(directory / name))


def read(directory: Path, name: str = FILE) -> list[dict[str, Any]]:
    """The predictions in a directory, in the order of the rows."""
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(directory / name).to_pylist()
    return rows
