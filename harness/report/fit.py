"""Tables that fit a width: columns share the room there is, or each row becomes a block of lines."""

from __future__ import annotations

import functools
import io
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text

from harness.report.screen import Screen, like
from harness.visible import in_encoding, visible

UNLIMITED = 100_000
"""Columns that no table needs."""

KEPT = re.compile(r"(?<=±) |(?<=\+/-) | (?=[±%]|\+/-)")
"""Blanks at which no line is broken, as in "46.9 ± 0.3" and "3 %"."""

LOOKED_AT = 40
"""Rows of a table that decide how wide its columns are beyond what their words need."""

GLUE = "\ue000"
"""What stands for such a blank while lines are broken."""


@dataclass(frozen=True)
class Narrowing:
    """A table, and another one with the same content for where the first does not fit."""

    wide: Table
    narrow: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del console
        yield fitted(self, options.max_width)


def showable(part: RenderableType, encoding: str) -> RenderableType:
    """A text or a table with what an encoding can show, before its lines and columns are as wide as they will be."""
    if isinstance(part, str):
        return in_encoding(part, encoding)
    if isinstance(part, Text):
        plain = in_encoding(part.plain, encoding)
        return part if plain == part.plain else like(part, plain)
    if isinstance(part, Narrowing):
        for table in (part.wide, part.narrow):
            showable(table, encoding)
    if isinstance(part, Table):
        for column in part.columns:
            column.header = showable(column.header, encoding)
            # Rich has no other way to change a cell.
            column._cells[:] = [showable(cell, encoding) for cell in column.cells]
    return part


def fitted(table: Table | Narrowing, width: int) -> RenderableType:
    """A table in so many columns, where no word is broken or cut off; or a block of lines per row where none fits.

    Words that are wider than that themselves, such as paths, make longer lines.
    """
    forms = (table.wide, table.narrow) if isinstance(table, Narrowing) else (table,)
    for form in forms:
        if _fit(form, width):
            return form
    return Group(*_blocks(forms[-1], width))


def pairs(found: Iterable[tuple[str, str]], width: int) -> Text:
    """Names and, beside each, what there is to say of it, in lines of so many columns."""
    shown = list(found)
    margin = 2 + max(cell_len(name) for name, _ in shown)
    text = Text(no_wrap=True, overflow="ignore")
    for name, value in shown:
        lines = [line for part in value.split("\n") for line in _wrapped(part, width - margin)]
        text.append(f"{name:{margin}}", style="bold").append(f"\n{' ' * margin}".join(lines)).append("\n")
    text.right_crop(1)
    return text


def wrapped(text: Text, width: int) -> Text:
    """A text in lines of so many columns, broken between words alone."""
    lines = [part for line in text.plain.split("\n") for part in _wrapped(line, width)]
    return Text("\n".join(lines), style=text.style, no_wrap=True, overflow="ignore")


def _fit(table: Table, width: int) -> bool:
    """Give each column a width at which its words stay whole; False if all of them are too wide together.

    Only columns with `overflow="fold"` may have words broken, if nothing else helps.
    """
    for column in table.columns:
        column.width = None
    longest = [max([1, *map(cell_len, _lines(column))]) for column in table.columns]
    whole = [
        wide
        if column.no_wrap
        else max([column.min_width or 1, *(cell_len(word) for line in _lines(column) for word in _words(line))])
        for column, wide in zip(table.columns, longest, strict=True)
    ]
    folded = [
        column.min_width or 1 if column.overflow == "fold" and not column.no_wrap else columns
        for column, columns in zip(table.columns, whole, strict=True)
    ]
    wanted = list(map(max, longest, whole))
    # To no terminal, because rich takes 80 columns for those of which it knows nothing.
    unlimited = Screen(file=io.StringIO(), width=UNLIMITED)
    room = width - (Measurement.get(unlimited, unlimited.options, table).maximum - sum(wanted))
    for least in (wanted, whole, folded):
        if sum(least) <= room:
            for column, columns in zip(table.columns, _narrowed(table.columns, wanted, least, room), strict=True):
                column.width = columns
            return True
    return False


def _narrowed(columns: Sequence[Column], wanted: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Widths that fit into the room, found by taking a character at a time where that makes the table least longer."""
    cells = [[_plain(cell) for cell in (column.header, *column.cells)][:LOOKED_AT] for column in columns]
    widths = list(wanted)
    heights = [[_height(cell, width) for cell in column] for column, width in zip(cells, widths, strict=True)]

    def length(index: int) -> tuple[int, int]:
        """Lines of the table with a column narrower by one, and, of equal ones, the widest column first."""
        narrower = [_height(cell, widths[index] - 1) for cell in cells[index]]
        rows = zip(*heights[:index], narrower, *heights[index + 1 :], strict=True)
        return sum(map(max, rows)), -widths[index]

    while sum(widths) > room:
        index = min((index for index, width in enumerate(widths) if width > least[index]), key=length)
        widths[index] -= 1
        heights[index] = [_height(cell, widths[index]) for cell in cells[index]]
    return widths


@functools.lru_cache(maxsize=100_000)
def _height(cell: str, width: int) -> int:
    """Lines that a cell takes in a column of that width."""
    lines = 0
    for line in cell.split("\n"):
        lines += 1
        used = -1
        for word in _words(line):
            columns = cell_len(word)
            if used >= 0 and used + 1 + columns > width:
                lines, used = lines + 1, columns
            else:
                used += 1 + columns
    return lines


def _lines(column: Column) -> Iterator[str]:
    """All lines of a column, its header's first."""
    for cell in (column.header, *column.cells):
        yield from _plain(cell).split("\n")


def _blocks(table: Table, width: int) -> Iterator[Text]:
    """Each row as its first cell and, below it, the others behind their columns' headers."""
    headers = [_plain(column.header) for column in table.columns]
    for row in zip(*(column.cells for column in table.columns), strict=True):
        first, *others = map(_plain, row)
        yield wrapped(Text(first, style="bold"), width)
        parts = [
            f"{header}: {', '.join(cell.split(chr(10)))}" if header else cell
            for header, cell in zip(headers[1:], others, strict=True)
            if cell
        ]
        lines = _wrapped("; ".join(parts), width - 2)
        yield Text("\n".join(f"  {line}" for line in lines), no_wrap=True, overflow="ignore")


def _wrapped(line: str, width: int) -> list[str]:
    glued = KEPT.sub(GLUE, visible(line, lines=True))
    lines = textwrap.wrap(glued, max(1, width), break_long_words=False, break_on_hyphens=False)
    return [one.replace(GLUE, " ") for one in lines] or [""]


def _words(line: str) -> list[str]:
    """What a line is not broken within."""
    return KEPT.sub(GLUE, line).split()


def _plain(cell: RenderableType) -> str:
    return visible(Text.from_markup(cell).plain if isinstance(cell, str) else str(cell), lines=True)
