"""Tables as LaTeX, for papers: the package booktabs, a caption and a label each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from harness.documents.parts import Cell, Table
from harness.visible import in_a_line

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

NEEDS = r"% needs \usepackage{booktabs}"


def latex(tables: Sequence[Table], notes: Sequence[str]) -> str:
    """Tables that float, then a paragraph a note; a comment above says which package they need."""
    times: Counter[str] = Counter()
    parts = [NEEDS] if tables else []
    for table in tables:
        name = _label(table.title)
        times[name] += 1
        parts.append("\n".join(_lines(table, name if times[name] == 1 else f"{name}-{times[name]}")))
    parts.append("\n".join(f"\\par {escaped_latex(line)}" for line in notes))
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped_latex(text: str) -> str:
    """Text that is shown as it is."""
    return re.sub(r"[\\~^<>|\"&%$#_{}]", lambda found: SPECIAL[found[0]], in_a_line(text))


def _label(title: str) -> str:
    """What `\\ref` names a table by: the words of its title."""
    return "-".join(re.findall(r"[a-z0-9]+", title.lower())) or "table"


def _lines(table: Table, name: str) -> Iterator[str]:
    kinds = "".join("l" if place in (0, *table.words) else "r" for place in range(len(table.columns)))
    yield r"\begin{table}[tb]"
    yield r"\centering"
    yield f"\\caption{{{escaped_latex(table.title)}}}"
    yield f"\\label{{tab:{name}}}"
    yield f"\\begin{{tabular}}{{{kinds}}}"
    yield r"\toprule"
    yield _row([escaped_latex(column) for column in table.columns])
    yield r"\midrule"
    for place, row in enumerate(table.rows):
        if place and place in table.rules:
            yield r"\midrule"
        yield _row([_cell(cell) for cell in row])
    yield r"\bottomrule"
    yield r"\end{tabular}"
    yield from (f"\\par {escaped_latex(line)}" for line in table.notes)
    yield r"\end{table}"


def _cell(cell: Cell) -> str:
    text = escaped_latex(cell.text)
    parts = [f"\\textbf{{{text}}}" if cell.best else text, cell.interval, f"({cell.coverage})" if cell.coverage else ""]
    return " ".join(part for part in parts if part) + (f"\\textsuperscript{{{cell.marks}}}" if cell.marks else "")


def _row(cells: Sequence[str]) -> str:
    # A bracket or star would be read as an argument of the line break before it.
    guard = "{}" if cells[0].startswith(("[", "*")) else ""
    return f"{guard}{' & '.join(cells)} \\\\"
