"""Tables for a paper: systems by averages and tasks, the best in bold; no package is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.benchmarks.leaderboard.tables import notes, tables
from harness.markup import latex


def render(document: Mapping[str, Any]) -> bytes:
    """Tabulars in UTF-8, each below its title, then what marks and intervals mean."""
    return latex(tables(document), notes(document)).encode()
