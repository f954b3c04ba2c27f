"""The rows of means that stand below those of languages, wherever a comparison is shown as a table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from harness.results.comparison import Comparison, Mean
from harness.results.marks import ENGLISH

MeanRow = Callable[[str], Mean | None]
"""The mean of a column of a comparison; None where there is none."""


def mean_rows(comparison: Comparison) -> dict[str, MeanRow]:
    """By what they are called, means over all languages and over the others than English, and the transfer gap.

    There are none below a single language, and the first alone without English.
    """
    if len(comparison.lines) < 2:
        return {}
    rows: dict[str, MeanRow] = {"mean": comparison.mean}
    if any(line.language == ENGLISH for line in comparison.lines):
        rows |= {"mean without en": partial(comparison.mean, english=False), "transfer gap": comparison.transfer_gap}
    return rows
