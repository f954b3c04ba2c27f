"""Pages on paper, as a browser prints them: what stands at the head and the foot of each sheet, and what is cut off."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.documents.figures import Forest, Point
from harness.documents.html import html
from harness.documents.parts import Cell, Document, Illustration, Paragraph, Section, Table, row_of
from tests.browser import CHROMIUM, needs_browser

HEAD = ("language", "baseline", "score")
COLUMNS = 8
HEIGHT = 27
"""Rows of a table; with those of others they come to all places of a sheet."""


def printed(document: Document, folder: Path) -> Path:
    """A document as PDF."""
    needs_browser()
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext (Debian: apt-get install poppler-utils)")
    assert CHROMIUM is not None
    page, sheets = folder / "page.html", folder / "page.pdf"
    page.write_text(html(document), encoding="utf-8")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"]
    own = [f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={sheets}"]
    subprocess.run([CHROMIUM, *options, *own, page.resolve().as_uri()], capture_output=True, check=True, timeout=120)
    return sheets


def read(sheets: Path, *options: str) -> str:
    command = ["pdftotext", *options, str(sheets), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def lines_of(sheets: Path) -> list[list[str]]:
    """The lines of each sheet."""
    found = [[" ".join(line.split()) for line in sheet.splitlines()] for sheet in read(sheets, "-layout").split("\f")]
    return [lines for sheet in found if (lines := [line for line in sheet if line])]


def table(number: int, rows: int) -> Table:
    body = [row_of(f"row {number}.{at}", str(at), str(at + 1)) for at in range(rows)]
    return Table(f"table {number}", HEAD, tuple(body))


def test_heads_of_tables_are_repeated_and_no_heading_is_alone_at_the_foot(tmp_path: Path) -> None:
    parts = [
        Section(f"section {number}", (Paragraph(f"before {number}"), table(number, HEIGHT + number % 7)), folded=True)
        for number in range(24)
    ]
    sheets = lines_of(printed(Document("tables", tuple(parts)), tmp_path))
    assert len(sheets) > 8
    head = " ".join(HEAD)
    continued = [lines for lines in sheets[1:] if not lines[0].lstrip("▸▾▶▼ ").startswith("section")]
    assert continued
    for lines in continued:
        assert lines[0] == head
        # One row alone, or none, would not need a head.
        assert lines[1].startswith("row")
        assert lines[2].startswith("row")
    for lines in sheets:
        assert lines[-1].startswith("row"), lines[-1]
        assert lines[-2].startswith("row"), lines[-2]


def test_nothing_is_cut_off_at_the_right(tmp_path: Path) -> None:
    cells = [Cell(text="+11.3", interval="[+16.2,+16.3]") for _ in range(13)]
    wide = Table("wide", ("arm", *(f"target{at}" for at in range(13))), ((Cell(text="all{steps=1000}"), *cells),))
    sheets = printed(Document("a wide table", (wide,)), tmp_path)
    width = float(re.findall(r'<page width="([\d.]+)"', read(sheets, "-bbox"))[0])
    words = re.findall(r'xMax="([\d.]+)" yMax="[\d.]+">([^<]*)<', read(sheets, "-bbox"))
    assert {word for right, word in words if float(right) > width - 20} == set()
    assert sum(word == "+16.3]" for _, word in words) == 13


def text_cells(text: str, language: str) -> list[Cell]:
    return [Cell(text=f"{text} {at}#", language=language) for at in range(COLUMNS)]


@pytest.mark.parametrize("language", ["", "de"])
@pytest.mark.parametrize(
    "text",
    [
        "simulated:bucc2018/target:" + "1234567890" * 4,
        "They said that nobody had asked them whether they would come. " * 3,
    ],
    ids=["unbreakable", "long"],
)
def test_texts_of_items_are_not_cut_off_at_the_right(text: str, language: str, tmp_path: Path) -> None:
    names = tuple(f"an arm called {at}" for at in range(COLUMNS))
    rows = tuple(tuple(text_cells(text, language)) for _ in range(3))
    sheets = printed(Document("items", (Table("items", names, rows, words=tuple(range(1, COLUMNS))),)), tmp_path)
    width = float(re.findall(r'<page width="([\d.]+)"', read(sheets, "-bbox"))[0])
    words = re.findall(r'xMax="([\d.]+)" yMax="[\d.]+">([^<]*)<', read(sheets, "-bbox"))
    assert {word for right, word in words if float(right) > width - 20} == set()
    # What is cut off is not in the file at all.
    assert sum(word.count("#") for _, word in words) == 3 * COLUMNS


def test_a_figure_stands_below_its_heading(tmp_path: Path) -> None:
    points = tuple(Point(y=float(at), low=at - 1.0, high=at + 1.0, label=f"language {at}") for at in range(60))
    figure = Illustration(Forest(title="all languages", unit="points", points=points))
    before = Section("Answer", tuple(Paragraph(f"sentence {at}") for at in range(8)))
    sheets = lines_of(printed(Document("a figure", (before, Section("Gains", (figure,)))), tmp_path))
    (lines,) = (sheet for sheet in sheets if "Gains" in sheet)
    assert any("language 1" in line for line in lines)
