"""Documents as one HTML file that needs nothing beside it: no request, no script to read it, no colour alone.

It is read on paper and on a phone, in light and in dark. Whatever comes from outside is text there and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files

from harness.documents.figures import Figure
from harness.documents.parts import Cell, Document, Illustration, Link, Paragraph, Part, Section, Table, Tone
from harness.documents.svg import STYLE as OF_FIGURES
from harness.documents.svg import drawing
from harness.errors import counted
from harness.languages import direction
from harness.visible import visible

DEEPEST = 6
"""Levels of headings that HTML has."""

PRIVATE = re.compile("q[a-t][a-z]")
LONGEST = 20_000
"""Characters of one text."""
MOST_ON_PAPER = 8
"""Columns that a sheet has room for, if intervals stand in one line."""
FILTERED = 12
"""Rows of a table from which on the script adds a field to filter it."""

TAGS = {
    Tone.PLAIN: "<p>",
    Tone.QUIET: '<p class="quiet">',
    Tone.FAILED: '<p class="failed">',
    Tone.STRONG: "<p><strong>",
}


def html(document: Document) -> str:
    """A document as a file, the same bytes for the same document."""
    names = _Names()
    body = "\n".join(_parts(document.parts, 2, names))
    script = _asset("page.js")
    title = _text(document.title)
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_sha256(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
        f"<title>{title}</title>\n<style>{_asset('page.css')}{OF_FIGURES}</style>\n</head>\n<body>\n"
        f"<header><h1>{title}</h1>{_contents(document, names)}</header>\n<main>\n{body}\n</main>\n"
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def fragment(parts: Sequence[Part]) -> str:
    """Parts for a page that is there already, such as a notebook: figures have its colours, tables its look."""
    return f"<div><style>{OF_FIGURES}</style>{''.join(_parts(parts, 3, _Names()))}</div>"


class _Names:
    """Names of sections and tables, which others refer to; each once."""

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()
        self.of_top: list[tuple[str, str]] = []

    def new(self, title: str) -> str:
        """A name for what has that title."""
        name = "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:60] or "section"
        self._times[name] += 1
        return name if self._times[name] == 1 else f"{name}-{self._times[name]}"


def _contents(document: Document, names: _Names) -> str:
    """Links to the sections at the top."""
    if len(names.of_top) < 2:
        return ""
    links = "".join(f'<li><a href="#{name}">{_text(title)}</a></li>' for name, title in names.of_top)
    return f'<nav aria-label="contents of {_text(document.title)}"><ul>{links}</ul></nav>'


def _parts(parts: Sequence[Part], level: int, names: _Names) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Section):
            yield _section(part, level, names)
        elif isinstance(part, Paragraph):
            yield _paragraph(part)
        elif isinstance(part, Link):
            yield f'<p><a href="{_text(part.target)}">{_text(part.text)}</a></p>'
        elif isinstance(part, Illustration):
            yield from _illustration(part, names)
        else:
            yield _table(part, names)


def _illustration(part: Illustration, names: _Names) -> Iterator[str]:
    yield _figure(part.figure)
    if part.note:
        yield f'<p class="quiet">{_text(part.note)}</p>'
    if part.table:
        title = _text(part.table.title or part.figure.title)
        yield f"<details><summary>{title}: numbers</summary>{_table(part.table, names)}</details>"


def _section(section: Section, level: int, names: _Names) -> str:
    name = names.new(section.title)
    if level == 2:
        names.of_top.append((name, section.title))
    tag = f"h{min(level, DEEPEST)}"
    heading = f"<{tag}>{_text(section.title)}</{tag}>"
    inner = "\n".join(_parts(section.parts, level + 1, names))
    if section.folded:
        return f'<details class="section" id="{name}"><summary>{heading}</summary>\n{inner}\n</details>'
    return f'<section id="{name}">{heading}\n{inner}\n</section>'


def _paragraph(paragraph: Paragraph) -> str:
    text = _text(paragraph.text)
    if paragraph.copied:
        style = ' class="failed"' if paragraph.tone is Tone.FAILED else ""
        return f'<pre tabindex="0"{style}>{text}</pre>'
    closed = "</strong></p>" if paragraph.tone is Tone.STRONG else "</p>"
    return f"{TAGS[paragraph.tone]}{text}{closed}"


def _figure(figure: Figure) -> str:
    """A figure that is scrolled where it is too wide, so that its text stays large enough to read."""
    label = _text(figure.title)
    return f'<div class="scroll figure" tabindex="0" role="group" aria-label="{label}">{drawing(figure)}</div>'


def _table(table: Table, names: _Names) -> str:
    left = {0, *table.words}
    marked = f' data-filtered="{len(table.rows)}"' if len(table.rows) > FILTERED else ""
    heads = "".join(_head(column, left=place in left) for place, column in enumerate(table.columns))
    rows = [_row(row, left, ruled=bool(place) and place in table.rules) for place, row in enumerate(table.rows)]
    title, called = "", f'aria-label="{_text(" ".join(filter(None, table.columns)))}"'
    if table.title:
        # Above what is scrolled, and not in the table, so that it is as wide as the page.
        name = names.new(table.title)
        title, called = f'<p class="title" id="{name}">{_text(table.title)}</p>', f'aria-labelledby="{name}"'
    notes = "".join(f'<p class="quiet">{_text(line)}</p>' for line in table.notes)
    return (
        f'{title}<div class="scroll" tabindex="0" role="group" {called}><table {called}{marked}>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>{''.join(rows)}</tbody></table></div>{notes}"
    )


def _head(column: str, *, left: bool) -> str:
    style = ' class="w"' if left else ""
    # An empty heading would be read out as one.
    return f'<th scope="col"{style}>{_text(column)}</th>' if column else f"<td{style}></td>"


def _row(row: Sequence[Cell], left: set[int], *, ruled: bool) -> str:
    first, *others = row
    wide = len(row) > MOST_ON_PAPER
    cells = "".join(_td(cell, left=place in left, wide=wide) for place, cell in enumerate(others, start=1))
    style = ' class="r"' if ruled else ""
    return f'<tr{style}><th scope="row"{_spoken(first)}>{_cell(first)}</th>{cells}</tr>\n'


def _td(cell: Cell, *, left: bool, wide: bool) -> str:
    style = ' class="w"' if left else ""
    return f"<td{_spoken(cell)}{style}>{_cell(cell, wide=wide)}</td>"


def _spoken(cell: Cell) -> str:
    """The language of a text, and the direction that it is read in."""
    if not cell.language:
        return ""
    # Codes of the private range, such as mini's, are no language by themselves (RFC 5646, section 4.6).
    tag = f"art-x-{cell.language}" if PRIVATE.fullmatch(cell.language) else cell.language
    return f' lang="{_text(tag)}" dir="{direction(cell.language)}"'


def _cell(cell: Cell, *, wide: bool = False) -> str:
    text = f"<strong>{_text(cell.text)}</strong>" if cell.best else _text(cell.text)
    parts = [text]
    interval = _text(cell.interval).replace(",", ",<wbr>" if wide else ",")
    parts += [f'<span class="i">{interval}</span>'] if interval else []
    parts += [f"({_text(cell.coverage)})"] if cell.coverage else []
    return " ".join(parts) + (f" <sup>{_text(cell.marks)}</sup>" if cell.marks else "")


def _text(text: str) -> str:
    """Text from anywhere, which is shown and never obeyed; one that nobody would read to its end is cut off."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({counted(len(text), 'character')})"
    return escape(visible(text, lines=True))


def _asset(name: str) -> str:
    return files("harness.documents").joinpath("assets", name).read_text(encoding="utf-8").strip()


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
