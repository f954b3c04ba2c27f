"""A console on which nothing from outside reaches a terminal as an order to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from harness.visible import visible

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType
    from rich.segment import Segment


class Screen(Console):
    """A console that shows hidden characters of texts as their codes; its own orders to a terminal are no texts."""

    def render_str(self, text: str, **options: Any) -> Text:
        """A text as rich has it."""
        return super().render_str(visible(text, lines=True), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Pieces of lines as rich has them."""
        return super().render(shown(renderable) if isinstance(renderable, Text) else renderable, options)


def shown(text: Text) -> Text:
    """A text with its hidden characters as their codes; styles of its parts are lost where it has any."""
    plain = visible(text.plain, lines=True)
    if plain == text.plain:
        return text
    return like(text, plain)


def like(text: Text, plain: str) -> Text:
    """Another text that is shown as one is."""
    return Text(
        plain, style=text.style, justify=text.justify, overflow=text.overflow, no_wrap=text.no_wrap, end=text.end
    )
