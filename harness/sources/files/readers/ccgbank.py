"""CCGbank's `.auto` files: of each sentence a line with its id and one with its derivation, whose leaves are tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.sources.files.lines import Line, TextLine, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1

LEAF_BEGINS = "(<L "
# (<L category modified_part_of_speech part_of_speech token category_with_indices>)
LEAF = re.compile(r"\(<L (?P<category>\S+) \S+ \S+ (?P<token>\S+) \S+>\)")


def read(path: Path) -> Iterator[Line]:
    """Every sentence: `id`, and the tuples `token` and `category`, numbered by its derivation's line."""
    identifier = ""
    for line in text_lines(path):
        if line.text.startswith("ID="):
            identifier = line.text.split()[0].removeprefix("ID=")
        elif line.problem or line.text.strip():
            yield _sentence(path, line, identifier)
            identifier = ""


def _sentence(path: Path, line: TextLine, identifier: str) -> Line:
    if line.problem:
        return Line(path, line.number, None, line.problem)
    leaves = list(LEAF.finditer(line.text))
    begun = line.text.count(LEAF_BEGINS)
    if not leaves or len(leaves) != begun:
        problem = f"leaves of the form (<L category pos pos token category>): {len(leaves)} where {begun} begin"
        return Line(path, line.number, None, problem)
    return Line(
        path,
        line.number,
        {
            "id": identifier,
            "token": tuple(leaf["token"] for leaf in leaves),
            "category": tuple(leaf["category"] for leaf in leaves),
        },
    )
