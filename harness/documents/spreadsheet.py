"""Rows as comma-separated values, for programs and spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from harness.visible import visible

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula (OWASP, CSV Injection)."""
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def comma_separated(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows below a heading; what is not there is empty.

    Texts that a spreadsheet would take for a formula begin with an apostrophe, and hidden characters are their codes.
    """
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return file.getvalue()


def _cell(value: Any) -> Any:
    """A value as a spreadsheet shows it and computes nothing from it."""
    if not isinstance(value, str):
        return value
    is_formula = value.startswith(FORMULA) and not NUMBER.fullmatch(value)
    return visible(f"'{value}" if is_formula else value)
