"""Tables as Markdown and as LaTeX for people, and as comma-separated values for programs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.visible import visible

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula (OWASP, CSV Injection)."""
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)

SPECIAL_IN_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&])")

SPECIAL_IN_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One value of a table.

    Attributes:
        text: the value with one decimal place, `-` where there is none, or words.
        interval: such as [70.1, 74.5]; empty where there is none.
        coverage: such as 2/9, where the mean is over fewer than there are; empty otherwise.
        marks: their signs.
        best: whether none in its column is better, of several that are over everything.
    """

    text: str
    interval: str = ""
    coverage: str = ""
    marks: str = ""
    best: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its first column in words."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def markdown(tables: Sequence[Table], notes: Sequence[str]) -> str:
    """Tables in GitHub's dialect, each below its title, then a list of notes."""
    parts = ["\n".join(_markdown_lines(table)) for table in tables]
    parts.append("\n".join(f"- {escaped_markdown(line)}" for line in notes))
    return "\n\n".join(part for part in parts if part) + "\n"


def latex(tables: Sequence[Table], notes: Sequence[str]) -> str:
    """Tabulars, each below its title, then a paragraph a note; no package is needed."""
    parts = ["\n".join(_latex_lines(table)) for table in tables]
    parts.append("\n".join(f"\\par {escaped_latex(line)}" for line in notes))
    return "\n\n".join(part for part in parts if part) + "\n"


def comma_separated(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows below a heading; what is not there is empty.

    Texts that a spreadsheet would take for a formula begin with an apostrophe, and hidden characters are their codes.
    """
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _csv_cell(value) for name, value in row.items()} for row in rows)
    return file.getvalue()


def escaped_markdown(text: str) -> str:
    """Text that is shown as it is, in one line."""
    return SPECIAL_IN_MARKDOWN.sub(r"\\\1", _in_a_line(text))


def escaped_latex(text: str) -> str:
    """Text that is shown as it is."""
    return re.sub(r"[\\~^<>|\"&%$#_{}]", lambda found: SPECIAL_IN_LATEX[found[0]], _in_a_line(text))


def _in_a_line(text: str) -> str:
    return visible(" ".join(text.split()))


def _csv_cell(value: Any) -> Any:
    """A value as a spreadsheet shows it and computes nothing from it."""
    if not isinstance(value, str):
        return value
    is_formula = value.startswith(FORMULA) and not NUMBER.fullmatch(value)
    return visible(f"'{value}" if is_formula else value)


def _markdown_lines(table: Table) -> Iterator[str]:
    yield f"**{escaped_markdown(table.title)}**"
    yield ""
    yield _markdown_row([escaped_markdown(column) for column in table.columns])
    yield _markdown_row(["---", *("---:" for _ in table.columns[1:])])
    for row in table.rows:
        yield _markdown_row([_markdown_cell(cell) for cell in row])


def _markdown_cell(cell: Cell) -> str:
    text = escaped_markdown(cell.text)
    parts = [
        f"**{text}**" if cell.best else text,
        escaped_markdown(cell.interval),
        f"({cell.coverage})" if cell.coverage else "",
    ]
    return " ".join(part for part in parts if part) + (f" <sup>{cell.marks}</sup>" if cell.marks else "")


def _markdown_row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _latex_lines(table: Table) -> Iterator[str]:
    yield f"\\par {escaped_latex(table.title)}"
    yield ""
    yield f"\\begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}"
    yield r"\hline"
    yield _latex_row([escaped_latex(column) for column in table.columns])
    yield r"\hline"
    for row in table.rows:
        yield _latex_row([_latex_cell(cell) for cell in row])
    yield r"\hline"
    yield r"\end{tabular}"


def _latex_cell(cell: Cell) -> str:
    text = escaped_latex(cell.text)
    parts = [f"\\textbf{{{text}}}" if cell.best else text, cell.interval, f"({cell.coverage})" if cell.coverage else ""]
    return " ".join(part for part in parts if part) + (f"\\textsuperscript{{{cell.marks}}}" if cell.marks else "")


def _latex_row(cells: list[str]) -> str:
    # A bracket or star would be read as an argument of the line break before it.
    guard = "{}" if cells[0].startswith(("[", "*")) else ""
    return f"{guard}{' & '.join(cells)} \\\\"
