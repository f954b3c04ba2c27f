"""Tables for a README or an issue: systems by averages and tasks, the best in bold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.benchmarks.leaderboard.tables import notes, tables
from harness.documents.markdown import markdown
from harness.documents.parts import Table


def render(document: Mapping[str, Any], more: Sequence[Table] = (), said: Sequence[str] = ()) -> bytes:
    """GitHub's dialect in UTF-8.

    Args:
        more: tables behind those of the document.
        said: notes likewise.
    """
    return markdown([*tables(document), *more], [*notes(document), *said]).encode()
