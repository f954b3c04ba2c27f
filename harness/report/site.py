"""A folder of pages that opens from a disk or any web server: reports, all items that arms get wrong, leaderboards."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.benchmarks.leaderboard.document import in_words
from harness.benchmarks.leaderboard.tables import notes, tables
from harness.documents.html import html
from harness.documents.parts import Document, Link, Paragraph, Part, Section
from harness.outputs import check_new_folder, new_folder, portable_name
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
        pages = _Pages(aside)
        boards = {pages.name(f"leaderboard-{Path(name).stem}"): document for name, document in documents.items()}
        for name, document in boards.items():
            pages.write(name, leaderboard_page(document))
        links: list[Part] = [Link(f"leaderboard: {in_words(document)}", name) for name, document in boards.items()]
        if runs:
            find = asked.mistakes
            items = {run.directory: _with_pages(run, find(run), pages) for run in runs} if find else {}
            whole = report_of(runs, replace(asked, mistakes=find and (lambda run: items[run.directory])))
            top = [Section("Leaderboards", tuple(links))] if links else []
            pages.write(INDEX, Document(whole.title, (*whole.parts, *top)))
        else:
            pages.write(INDEX, Document("xharness: leaderboards", tuple(links)))
    return pages.count


class _Pages:
    """The pages of a folder, each by a name of its own, whatever its case."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken = {INDEX}
        self.count = 0

    def name(self, *parts: str) -> str:
        """A path within the folder, and an address, made of texts; another one than all before."""
        stem = "/".join(portable_name(part, case_counts=True) for part in parts)
        found = next(
            name
            for number in itertools.count(1)
            if (name := f"{stem}{f'-{number}' if number > 1 else ''}.html").lower() not in self._taken
        )
        self._taken.add(found.lower())
        return found

    def write(self, name: str, document: Document) -> None:
        """Write a page."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(html(document).encode())
        self.count += 1


def _with_pages(run: LoadedRun, found: Found, pages: _Pages) -> Found:
    """What arms get wrong, with a page for all items of each task and language."""
    names = {}
    for one in found.mistakes:
        names[one.name] = pages.name("items", run.directory.name, one.name)
        back = Link("the report", f"../../{INDEX}")
        pages.write(names[one.name], Document(f"{run.name}: {one.task} {one.language}", (back, one.table())))
    return replace(found, pages=names)


def leaderboard_page(document: Mapping[str, Any]) -> Document:
    """A leaderboard as a page.

    Args:
        document: as `export leaderboard` writes it.
    """
    told = tuple(Paragraph(line) for line in notes(document))
    return Document(f"{document['benchmark']['name']}: leaderboard", (*tables(document), Section("Notes", told)))
