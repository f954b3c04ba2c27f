"""Mewsli-X's JSON Lines: documents with the mentions in them, and entities or pairs, one object a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.sources.files.lines import Line
from harness.sources.files.readers import jsonl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1
USES = (jsonl,)


def read(path: Path) -> Iterator[Line]:
    """Every mention with its context, and as it is every line that has no list of mentions.

    Mentions are numbered by their position in the file, as several share a line.
    """
    mentions = 0
    for line in jsonl.read(path):
        record = line.record or {}
        if not isinstance(record.get("mentions"), list):
            yield line
            continue
        for mention in record["mentions"]:
            mentions += 1
            yield Line(path, mentions, {"context": record.get("context"), "mention": mention})
