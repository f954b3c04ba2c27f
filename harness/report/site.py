"""A folder of pages that opens from a disk or any web server: reports, all items that arms get wrong, leaderboards."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.benchmarks.leaderboard.document import in_words
from harness.benchmarks.leaderboard.tables import notes, tables
from harness.documents.html import html
from harness.documents.parts import Document, Link, Paragraph, Part, Section
from harness.outputs import check_new_folder, new_folder
from harness.report.chapters.mistakes import Found
from harness.report.loaded import LoadedRun
from harness.report.page import Asked, report_of

INDEX = "index.html"


def write_site(
    runs: Sequence[LoadedRun], documents: Mapping[str, Mapping[str, Any]], asked: Asked, output: Path
) -> int:
    """Write a folder of pages, all of it or nothing.

    Args:
        runs: that are reported, together on one page.
        documents: leaderboards by the names of their files, a page each.
        asked: what the report is to show; its items are all written, each task and language on a page of its own.
        output: a new folder.

    Returns:
        How many pages there are.

    Raises:
        UserError: something is there already, it cannot be written, or as of `report_of`.
    """
    check_new_folder(output)
    with new_folder(output) as aside:
        written = _Pages(aside)
        boards = {f"leaderboard-{_file(Path(name).stem)}.html": document for name, document in documents.items()}
        for name, document in boards.items():
            written.add(name, leaderboard_page(document))
        links: list[Part] = [Link(f"leaderboard: {in_words(document)}", name) for name, document in boards.items()]
        if runs:
            whole = report_of(runs, replace(asked, mistakes=asked.mistakes and written.with_items(asked.mistakes)))
            top = [Section("Leaderboards", tuple(links))] if links else []
            written.add(INDEX, Document(whole.title, (*whole.parts, *top)))
        else:
            written.add(INDEX, Document("xharness: leaderboards", tuple(links)))
    return written.count


class _Pages:
    """The pages of a folder, as they are written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.count = 0

    def add(self, name: str, document: Document) -> None:
        """Write a page."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(html(document).encode())
        self.count += 1

    def with_items(self, find: Callable[[LoadedRun], Found]) -> Callable[[LoadedRun], Found]:
        """Finds mistakes, and writes a page with all of each task and language."""

        def found(run: LoadedRun) -> Found:
            mistakes = find(run)
            for one in mistakes.mistakes:
                name = f"items/{_file(run.name)}/{_file(one.name)}.html"
                back = Link("the report", f"../../{INDEX}")
                self.add(name, Document(f"{run.name}: {one.task} {one.language}", (back, one.table())))
                mistakes.pages[one.name] = name
            return mistakes

        return found


def leaderboard_page(document: Mapping[str, Any]) -> Document:
    """A leaderboard as a page.

    Args:
        document: as `export leaderboard` writes it.
    """
    told = tuple(Paragraph(line) for line in notes(document))
    return Document(f"{document['benchmark']['name']}: leaderboard", (*tables(document), Section("Notes", told)))


def _file(name: str) -> str:
    """A name as a part of a path and of an address."""
    return re.sub(r"[^A-Za-z0-9._@+-]+", "-", name).strip(".") or "-"
