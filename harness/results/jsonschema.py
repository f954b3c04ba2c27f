"""The types of records as JSON Schema 2020-12, from which the flat table and the documentation are made."""

from __future__ import annotations

import functools
from typing import Any

import msgspec

from harness.results.schema import SCHEMA, AnyRecord


@functools.cache
def json_schema() -> dict[str, Any]:
    """The types as JSON Schema 2020-12."""
    (root,), parts = msgspec.json.schema_components((AnyRecord,), ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A line of records.jsonl, schema {SCHEMA}",
        **root,
        "$defs": parts,
    }
