"""What scored items are called: the same in all languages of parallel data, so that scores can be paired by item."""

from __future__ import annotations

from collections import Counter
from typing import Any

from harness.item_scores import PLACE
from harness.kinds.base import Kind
from harness.sources.base import Split


def name_items(split: Split, kind: Kind[Any]) -> list[str]:
    """A name for each row, unique within the split.

    It is what the kind calls the row in every language, its id by default. Of rows with the same id, the second is
    "ID/2" and so on, in the order of the file. A row without an id goes by its place in its file, such as ":12", which
    is the same in parallel files; rows that were left out as bad or by a limit do not move the others.

    Args:
        split: rows to which nothing was done.
    """
    seen: Counter[str] = Counter()
    names: dict[str, None] = {}
    for row, key in zip(split.rows, split.keys, strict=True):
        name = called = kind.identity(row) or f"{PLACE}{key.rpartition(':')[2]}"
        while called in names:
            seen[name] += 1
            called = f"{name}/{seen[name] + 1}"
        names[called] = None
    return list(names)
