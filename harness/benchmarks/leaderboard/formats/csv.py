"""A flat table of comma-separated values, for spreadsheets and statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.benchmarks.leaderboard.flat import COLUMNS, rows
from harness.documents.spreadsheet import comma_separated


def render(document: Mapping[str, Any]) -> bytes:
    """UTF-8 with a heading; what is not there is empty. Values are as exact as in the document."""
    return comma_separated(COLUMNS, rows(document)).encode()
