"""The whole document, which this program reads again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.visible import visible


def render(document: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8 with sorted keys; hidden characters as JSON's own escapes."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)
    return visible(f"{text}\n", lines=True).encode()
