"""Where a new task of a kind begins; one module a kind, "_" for "-", each with a `TEMPLATE`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.errors import UnknownName


@dataclass(frozen=True, kw_only=True)
class Template:
    """What differs between kinds.

    Attributes:
        row: the expression that makes a row of a record, as Python code.
        metrics: the first is the main one.
        records: sample records of a split and a language; none where the split has none in it.
        languages: the first is trained on, where anything is.
        labels: label names, where the kind has any.
        trained: what `xharness train` is asked for, with NAME in place of the task's name.
    """

    row: str
    metrics: tuple[str, ...]
    records: Callable[[str, str], list[dict[str, Any]]]
    languages: tuple[str, ...] = ("en", "sw")
    labels: tuple[str, ...] = ()
    trained: str = "--target NAME"


def kinds() -> list[str]:
    """Kinds that have a template."""
    return sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(__path__))


def find_template(kind: str) -> Template:
    """The template of a kind.

    Raises:
        UnknownName: it has none.
    """
    if kind not in kinds():
        raise UnknownName("kind", kind, kinds(), where="templates of new tasks")
    template: Template = importlib.import_module(f"{__name__}.{kind.replace('-', '_')}").TEMPLATE
    return template


def trained_on(split: str, language: str) -> bool:
    """Whether sample rows have a split in a language: training rows are in English alone."""
    return split != "train" or language == "en"
