"""Crossmodal-3600's JSON Lines: an image a line, with its captions in all languages."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from harness.sources.files.lines import Line
from harness.sources.files.readers import jsonl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1
USES = (jsonl,)

IMAGE, CAPTIONS = "image/key", "caption"


def read(path: Path) -> Iterator[Line]:
    """Every caption: `image`, `language` and `caption`, numbered by its position in the file."""
    numbers = itertools.count(1)
    for line in jsonl.read(path):
        image = line.record and line.record.get(IMAGE)
        if not line.record or not isinstance(image, str):
            yield Line(path, next(numbers), None, line.problem or f"no {IMAGE}")
            continue
        for language, told in line.record.items():
            for caption in told.get(CAPTIONS, ()) if isinstance(told, dict) else ():
                yield Line(path, next(numbers), {"image": image, "language": language, "caption": caption})
