"""The syntax of our modules, which several tests look through; each module is parsed once."""

from __future__ import annotations

import ast
import functools
from pathlib import Path


@functools.cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All parts of a module's syntax tree."""
    return tuple(ast.walk(parsed(path)))
