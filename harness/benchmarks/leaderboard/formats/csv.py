"""A flat table of comma-separated values, for spreadsheets and statistics."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from harness.benchmarks.leaderboard.flat import COLUMNS, rows
from harness.visible import visible

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula (OWASP, CSV Injection)."""
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def render(document: Mapping[str, Any]) -> bytes:
    """UTF-8 with a heading; what is not there is empty. Values are as exact as in the document.

    Texts that a spreadsheet would take for a formula begin with an apostrophe, and hidden characters are their codes.
    """
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows(document))
    return file.getvalue().encode()


def _cell(value: Any) -> Any:
    """A value as a spreadsheet shows it and computes nothing from it."""
    if not isinstance(value, str):
        return value
    is_formula = value.startswith(FORMULA) and not NUMBER.fullmatch(value)
    return visible(f"'{value}" if is_formula else value)
