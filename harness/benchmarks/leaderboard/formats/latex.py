"""Tables for a paper: systems by averages and tasks, the best in bold; no package is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.benchmarks.leaderboard.tables import notes, tables
from harness.documents.latex import latex
from harness.documents.parts import Table


def render(document: Mapping[str, Any], more: Sequence[Table] = (), said: Sequence[str] = ()) -> bytes:
    """Tabulars in UTF-8, each below its title, then what marks and intervals mean.

    Args:
        more: tables behind those of the document.
        said: notes likewise.
    """
    return latex([*tables(document), *more], [*notes(document), *said]).encode()
