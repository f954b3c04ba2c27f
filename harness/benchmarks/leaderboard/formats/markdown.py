"""Tables for a README or an issue: systems by averages and tasks, the best in bold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.benchmarks.leaderboard.tables import Cell, Table, notes, tables

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def render(document: Mapping[str, Any]) -> bytes:
    """GitHub's dialect in UTF-8."""
    parts = ["\n".join(_lines(table)) for table in tables(document)]
    parts.append("\n".join(f"- {escaped(line)}" for line in notes(document)))
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def escaped(text: str) -> str:
    """Text that is shown as it is, in one line."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _lines(table: Table) -> Iterator[str]:
    yield f"**{escaped(table.title)}**"
    yield ""
    yield _line([escaped(column) for column in table.columns])
    yield _line(["---", *("---:" for _ in table.columns[1:])])
    for row in table.rows:
        yield _line([_shown(cell) for cell in row])


def _shown(cell: Cell) -> str:
    text = escaped(cell.text)
    parts = [
        f"**{text}**" if cell.best else text,
        escaped(cell.interval),
        f"({cell.coverage})" if cell.coverage else "",
    ]
    return " ".join(part for part in parts if part) + (f" <sup>{cell.marks}</sup>" if cell.marks else "")


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
