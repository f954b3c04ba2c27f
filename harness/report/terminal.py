"""Tables and texts as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.markup import escape
from rich.table import Table as RichTable
from rich.text import Text

from harness.documents.parts import Cell, Illustration, Link, Paragraph, Part, Section, Table, Tone
from harness.report.fit import Narrowing

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLES = {Tone.PLAIN: "", Tone.QUIET: "dim", Tone.FAILED: "red", Tone.STRONG: "bold"}


def view(parts: Sequence[Part]) -> Group:
    """Parts one below the other, an empty line around each table and section."""
    shown: list[RenderableType] = []
    for place, part in enumerate(parts):
        if place and not (isinstance(part, Paragraph) and isinstance(parts[place - 1], Paragraph)):
            shown.append(Text())
        shown += _shown(part)
    return Group(*shown)


def _shown(part: Part) -> Iterator[RenderableType]:
    if isinstance(part, Paragraph):
        yield paragraph_view(part)
    elif isinstance(part, Link):
        yield Text(f"{part.text}: {part.target}", no_wrap=True, overflow="ignore")
    elif isinstance(part, Section):
        yield from (Text(part.title, style="bold underline"), Text(), view(part.parts))
    elif isinstance(part, Illustration):
        yield Text(part.figure.title, style="bold")
        if part.table:
            yield from _below_title(part.table)
        if part.note:
            yield Text(part.note, style="dim")
    else:
        if part.title:
            yield Text(part.title, style="bold")
        yield from _below_title(part)


def _below_title(table: Table) -> Iterator[RenderableType]:
    yield from (table_view(table), *map(Text, table.notes))


def paragraph_view(paragraph: Paragraph) -> Text:
    """A paragraph; what may be copied is not broken."""
    style = STYLES[paragraph.tone]
    if paragraph.copied:
        return Text(paragraph.text, style=style, no_wrap=True, overflow="ignore")
    return Text(paragraph.text, style=style)


def table_view(table: Table) -> RichTable | Narrowing:
    """A table without its title, which would be broken at the table's width, and without its notes."""
    return Narrowing(_table(table), _table(table.narrow)) if table.narrow else _table(table)


def _table(table: Table) -> RichTable:
    shown = new_table(dense=table.dense)
    for place, column in enumerate(table.columns):
        shown.add_column(
            escape(column),
            justify="left" if place in (0, *table.words) else "right",
            no_wrap=place in table.whole,
            min_width=table.least.get(place),
            overflow="fold" if place in table.folded else "ellipsis",
        )
    for place, row in enumerate(table.rows):
        if place and place in table.rules:
            shown.add_section()
        shown.add_row(*map(_cell, row))
    return shown


def new_table(*, dense: bool = False) -> RichTable:
    """A table with a line below its headings alone."""
    return RichTable(box=box.SIMPLE, pad_edge=False, collapse_padding=True, padding=(0, 0 if dense else 1))


def _cell(cell: Cell) -> str:
    text = f"[bold]{escape(cell.text)}[/bold]" if cell.best else escape(cell.text)
    # Without a space in the interval, so that a narrow table breaks the line before it.
    parts = [text, escape(cell.interval.replace(", ", ",")), f"({cell.coverage})" if cell.coverage else "", cell.marks]
    return " ".join(part for part in parts if part)
