"""Tables for a paper: systems by averages and tasks, the best in bold; no package is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.benchmarks.leaderboard.tables import Cell, Table, notes, tables

SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def render(document: Mapping[str, Any]) -> bytes:
    """Tabulars in UTF-8, each below its title, then what marks and intervals mean."""
    parts = ["\n".join(_lines(table)) for table in tables(document)]
    parts.append("\n".join(f"\\par {escaped(line)}" for line in notes(document)))
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def escaped(text: str) -> str:
    """Text that is shown as it is."""
    return re.sub(r"[\\~^<>|\"&%$#_{}]", lambda found: SPECIAL[found[0]], " ".join(text.split()))


def _lines(table: Table) -> Iterator[str]:
    yield f"\\par {escaped(table.title)}"
    yield ""
    yield f"\\begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}"
    yield r"\hline"
    yield _line([escaped(column) for column in table.columns])
    yield r"\hline"
    for row in table.rows:
        yield _line([_shown(cell) for cell in row])
    yield r"\hline"
    yield r"\end{tabular}"


def _shown(cell: Cell) -> str:
    text = escaped(cell.text)
    parts = [f"\\textbf{{{text}}}" if cell.best else text, cell.interval, f"({cell.coverage})" if cell.coverage else ""]
    return " ".join(part for part in parts if part) + (f"\\textsuperscript{{{cell.marks}}}" if cell.marks else "")


def _line(cells: list[str]) -> str:
    # A bracket or star would be read as an argument of the line break before it.
    guard = "{}" if cells[0].startswith(("[", "*")) else ""
    return f"{guard}{' & '.join(cells)} \\\\"
