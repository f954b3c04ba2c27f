"""Tables that fit a width: columns share the room there is, or each row becomes a block of lines."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text

UNLIMITED = 100_000
"""Columns that no table needs."""

KEPT = re.compile(r"(?<=±) | (?=[±%])")
"""Blanks at which no line is broken, as in "46.9 ± 0.3" and "3 %"."""

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
        lines = [line for part in value.split("\n") for line in _wrapped(part, max(1, width - margin))]
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
    unlimited = Console(width=UNLIMITED)
    room = width - (Measurement.get(unlimited, unlimited.options, table).maximum - sum(wanted))
    for least in (wanted, whole, folded):
        if sum(least) <= room:
            for column, columns in zip(table.columns, _shared(room, least, wanted), strict=True):
                column.width = columns
            return True
    return False


def _shared(room: int, least: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """Widths from the least to the wanted ones, the room left over going to whoever has least."""
    widths = list(least)
    for _ in range(min(room, sum(wanted)) - sum(least)):
        hungry = [index for index, width in enumerate(widths) if width < wanted[index]]
        widths[min(hungry, key=lambda index: widths[index])] += 1
    return widths


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
    glued = KEPT.sub(GLUE, line)
    lines = textwrap.wrap(glued, width, break_long_words=False, break_on_hyphens=False)
    return [one.replace(GLUE, " ") for one in lines] or [""]


def _words(line: str) -> list[str]:
    """What a line is not broken within."""
    return KEPT.sub(GLUE, line).split()


def _plain(cell: RenderableType) -> str:
    return Text.from_markup(cell).plain if isinstance(cell, str) else str(cell)
