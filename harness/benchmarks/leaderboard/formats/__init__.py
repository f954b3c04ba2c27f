"""What a document can be written as: one module a format, found by its name, with a function `render`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.documents.parts import Table

FOR_PEOPLE = ("latex", "markdown")
"""Formats that are tables to look at."""


def format_names() -> tuple[str, ...]:
    """Names of the formats: of the modules here, `-` for `_`."""
    return tuple(sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__)))


def render(document: Mapping[str, Any], name: str, more: Sequence[Table] = (), said: Sequence[str] = ()) -> bytes:
    """A document in a format, the same bytes for the same document.

    Args:
        name: one of `format_names()`.
        more: tables behind those of the document, for `FOR_PEOPLE`.
        said: notes likewise.
    """
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    content: bytes = module.render(document, more, said) if more or said else module.render(document)
    return content
