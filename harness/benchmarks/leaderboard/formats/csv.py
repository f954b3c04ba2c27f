"""A flat table of comma-separated values, for spreadsheets and statistics."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from harness.benchmarks.leaderboard.flat import COLUMNS, rows


def render(document: Mapping[str, Any]) -> bytes:
    """UTF-8 with a heading; what is not there is empty. Values are as exact as in the document."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(document))
    return file.getvalue().encode()
