"""Tables for a README or an issue: systems by averages and tasks, the best in bold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.benchmarks.leaderboard.tables import notes, tables
from harness.markup import markdown


def render(document: Mapping[str, Any]) -> bytes:
    """GitHub's dialect in UTF-8."""
    return markdown(tables(document), notes(document)).encode()
