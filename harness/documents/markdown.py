"""Tables and texts as Markdown, in GitHub's dialect."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.documents.parts import Cell, Table
from harness.visible import in_a_line

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def markdown(tables: Sequence[Table], notes: Sequence[str]) -> str:
    """Tables, each below its title, then a list of notes."""
    parts = ["\n".join(_lines(table)) for table in tables]
    parts.append("\n".join(f"- {escaped_markdown(line)}" for line in notes))
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped_markdown(text: str) -> str:
    """Text that is shown as it is, in one line."""
    return SPECIAL.sub(r"\\\1", in_a_line(text))


def _lines(table: Table) -> Iterator[str]:
    if table.title:
        yield f"**{escaped_markdown(table.title)}**"
        yield ""
    yield _row([escaped_markdown(column) for column in table.columns])
    yield _row(["---" if place in (0, *table.words) else "---:" for place in range(len(table.columns))])
    for row in table.rows:
        yield _row([_cell(cell) for cell in row])
    if table.notes:
        yield ""
        yield "  \n".join(map(escaped_markdown, table.notes))


def _cell(cell: Cell) -> str:
    text = escaped_markdown(cell.text)
    parts = [
        f"**{text}**" if cell.best else text,
        escaped_markdown(cell.interval),
        f"({cell.coverage})" if cell.coverage else "",
    ]
    return " ".join(part for part in parts if part) + (f" <sup>{cell.marks}</sup>" if cell.marks else "")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
