"""Two sides beside each other on a terminal: a verdict for each task, then what was asked for, then what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.text import Text

from harness.comparing.ranks import rank_tables
from harness.comparing.tables import difference_tables, item_tables, language_tables, notes, task_tables
from harness.report.target_tables import new_table

if TYPE_CHECKING:
    from rich.table import Table as RichTable

    from harness.comparing.compare import ComparedSides
    from harness.markup import Cell, Table


def compared_view(compared: ComparedSides, *, by_language: bool = False) -> RenderableType:
    """All tables of a comparison and what they mean.

    Args:
        by_language: show each language, too.
    """
    parts: list[RenderableType] = []
    for table in (*task_tables(compared), *(language_tables(compared) if by_language else ())):
        parts += [Text(table.title, style="bold"), table_view(table), Text()]
    for table in rank_tables(compared.ranks):
        parts += [Text(table.title, style="bold"), table_view(table), Text()]
    for table in item_tables(compared):
        parts += [Text(table.title, style="bold"), table_view(table, numbers=False), Text()]
    parts += [Text(line) for line in notes(compared, by_language=by_language)]
    for table in difference_tables(compared):
        parts += [Text(), Text(table.title, style="bold"), table_view(table, numbers=False)]
    return Group(*parts)


def table_view(table: Table, *, numbers: bool = True) -> RichTable:
    """A table as a terminal shows it.

    Args:
        numbers: whether all columns but the first are numbers.
    """
    shown = new_table()
    for place, column in enumerate(table.columns):
        shown.add_column(escape(column), justify="right" if place and numbers else "left")
    for row in table.rows:
        shown.add_row(*map(_cell, row))
    return shown


def _cell(cell: Cell) -> str:
    text = f"[bold]{escape(cell.text)}[/bold]" if cell.best else escape(cell.text)
    # Without a space in the interval, so that a narrow table breaks the line before it.
    parts = [text, escape(cell.interval), cell.marks]
    return " ".join(part for part in parts if part)
