"""What a document can be written as: one module a format, found by its name, with a function `render`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any


def format_names() -> tuple[str, ...]:
    """Names of the formats: of the modules here, `-` for `_`."""
    return tuple(sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__)))


def render(document: Mapping[str, Any], name: str) -> bytes:
    """A document in a format, the same bytes for the same document.

    Args:
        name: one of `format_names()`.
    """
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    content: bytes = module.render(document)
    return content
