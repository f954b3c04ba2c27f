"""The schemas of Every Eval Ever 0.3.0 (MIT licence, see `schemas/NOTICE`), unchanged from its repository."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("schemas")
EVALUATION = "eval.schema.json"
ITEM = "instance_level_eval.schema.json"


@functools.cache
def load_schema(name: str) -> dict[str, Any]:
    """A schema, `EVALUATION` or `ITEM`, as JSON Schema draft 7."""
    schema: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return schema


def schema_version() -> str:
    """The version that documents follow."""
    version: str = load_schema(EVALUATION)["version"]
    return version
