"""The flat table of csv as Parquet, with typed columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.benchmarks.leaderboard.flat import COLUMNS, rows


def render(document: Mapping[str, Any]) -> bytes:
    """A Parquet file; what is not there is null."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    schema = pa.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    file = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(list(rows(document)), schema=schema), file)
    content: bytes = file.getvalue().to_pybytes()
    return content
