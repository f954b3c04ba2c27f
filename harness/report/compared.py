"""Two sides beside each other on a terminal: a verdict for each task, then what was asked for, then what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.comparing.ranks import rank_tables
from harness.comparing.tables import difference_tables, item_tables, language_tables, notes, task_tables
from harness.documents.parts import Paragraph
from harness.report.terminal import view

if TYPE_CHECKING:
    from rich.console import RenderableType

    from harness.comparing.compare import ComparedSides


def compared_view(compared: ComparedSides, *, by_language: bool = False) -> RenderableType:
    """All tables of a comparison and what they mean.

    Args:
        by_language: show each language, too.
    """
    return view(
        [
            *task_tables(compared),
            *(language_tables(compared) if by_language else ()),
            *rank_tables(compared.ranks),
            *item_tables(compared),
            *map(Paragraph, notes(compared, by_language=by_language)),
            *difference_tables(compared),
        ]
    )
