"""What documents consist of: tables, figures with their numbers, paragraphs and sections, whatever shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from harness.documents.figures import Figure


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One value of a table.

    Attributes:
        text: the value with one decimal place, `-` where there is none, or words.
        interval: such as [70.1, 74.5]; empty where there is none.
        coverage: such as 2/9, where the mean is over fewer than there are; empty otherwise.
        marks: their signs.
        best: whether none in its column is better, of several that are over everything.
        language: ISO 639 code of the language that the text is in; empty where it is this program's.
    """

    text: str
    interval: str = ""
    coverage: str = ""
    marks: str = ""
    best: bool = False
    language: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its first column in words.

    Attributes:
        words: places of further columns that hold words, which stand at the left; numbers stand at the right.
        whole: places of columns whose cells are not broken.
        least: on a narrow screen, the fewest characters that a column needs to be read with ease, by its place.
        folded: places of columns whose words may be broken where a screen is too narrow for them.
        dense: whether columns stand close together on a screen.
        rules: places of rows that a line stands above, as above means.
        notes: sentences right below it.
        narrow: the same content for where it is too wide.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    words: tuple[int, ...] = ()
    whole: tuple[int, ...] = ()
    least: Mapping[int, int] = field(default_factory=dict)
    folded: tuple[int, ...] = ()
    dense: bool = False
    rules: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    narrow: Table | None = None


class Tone(Enum):
    """How much a paragraph wants to be seen."""

    PLAIN = "plain"
    QUIET = "quiet"
    FAILED = "failed"
    STRONG = "strong"


@dataclass(frozen=True)
class Paragraph:
    """Running text.

    Attributes:
        copied: whether it may hold a path or a command to copy, so that it is not broken.
    """

    text: str
    tone: Tone = Tone.PLAIN
    copied: bool = False


@dataclass(frozen=True)
class Link:
    """Where another page lies, from this one.

    Attributes:
        target: path of a file beside this one, with `/`.
    """

    text: str
    target: str


@dataclass(frozen=True)
class Illustration:
    """A figure and the numbers that it shows.

    Attributes:
        table: None where other tables have them.
        note: what is to be known to read both.
    """

    figure: Figure
    table: Table | None = None
    note: str = ""


@dataclass(frozen=True)
class Section:
    """Parts below a heading.

    Attributes:
        folded: whether a page shows the heading alone until its reader opens it.
    """

    title: str
    parts: tuple[Part, ...]
    folded: bool = False


Part = Table | Paragraph | Link | Illustration | Section


@dataclass(frozen=True)
class Document:
    """Something to read from its title on."""

    title: str
    parts: tuple[Part, ...]


def row_of(*texts: str) -> tuple[Cell, ...]:
    """A row of cells that are texts alone."""
    return tuple(Cell(text=text) for text in texts)


def tables_of(parts: Sequence[Part]) -> Iterator[Table]:
    """All tables of parts, those of their sections and figures included, in order."""
    for part in parts:
        if isinstance(part, Table):
            yield part
        elif isinstance(part, Illustration) and part.table:
            yield part.table
        elif isinstance(part, Section):
            yield from tables_of(part.parts)
