"""The report of a run from Python."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.documents.figures import Figure
from harness.documents.html import fragment, html
from harness.documents.parts import Document, Illustration, Part, Section
from harness.documents.svg import draw
from harness.outputs import write_output
from harness.shown import ShownAsTables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.cli.notebook import Shown


@dataclass(frozen=True)
class ShownFigure:
    """A figure that a notebook shows, in the notebook's colours.

    Attributes:
        values: what it shows.
    """

    values: Figure

    @property
    def svg(self) -> str:
        """As a document of its own."""
        return draw(self.values)

    def _repr_html_(self) -> str:
        return fragment([Illustration(self.values)])

    def __str__(self) -> str:
        return self.values.title


@dataclass(frozen=True, repr=False)
class Report(ShownAsTables):
    """What `xharness report` writes. A notebook shows its answer, figures and tables; `write` makes the file.

    Attributes:
        document: all of it, as values.
    """

    document: Document

    @functools.cached_property
    def figures(self) -> tuple[ShownFigure, ...]:
        """Its figures, in order."""
        return tuple(ShownFigure(figure) for figure in _figures(self.document.parts))

    def to_html(self) -> str:
        """The file."""
        return html(self.document)

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the file; its path.

        Raises:
            UserError: it cannot be written there.
        """
        write_output(Path(path), self.to_html().encode(), option="path")
        return Path(path)

    def _shown(self) -> Shown:
        from harness.cli.notebook import Shown
        from harness.report.terminal import view

        return Shown(view(self.document.parts))

    def _repr_html_(self) -> str:
        return fragment(self.document.parts)


def _figures(parts: Sequence[Part]) -> Iterator[Figure]:
    for part in parts:
        if isinstance(part, Illustration):
            yield part.figure
        elif isinstance(part, Section):
            yield from _figures(part.parts)
