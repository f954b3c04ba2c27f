"""What notebooks show of runs and plans: the tables of the command line, as HTML or as text."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType

from harness.cli.display import PLAIN_WIDTH, show
from harness.report.screen import Screen

PAGE = (
    '<pre style="white-space:pre;overflow-x:auto;line-height:normal;'
    "font-family:Menlo,'DejaVu Sans Mono',consolas,'Courier New',monospace\">{code}</pre>"
)
"""Lines are scrolled and not broken, so that tables stay tables."""


class Shown:
    """Tables that print as text, and that notebooks show as HTML."""

    def __init__(self, renderable: RenderableType) -> None:
        self._renderable = renderable

    def __str__(self) -> str:
        return self._console().export_text().rstrip("\n")

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self._console().export_html(inline_styles=True, code_format=PAGE)

    def _console(self) -> Console:
        """A console that remembers what it has shown."""
        console = Screen(file=io.StringIO(), record=True, width=PLAIN_WIDTH, highlight=False, force_jupyter=False)
        show(console, self._renderable)
        return console
