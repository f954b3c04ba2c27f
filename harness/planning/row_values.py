"""Whether the values of a row are of the types that its class declares, and texts that can be written."""

from __future__ import annotations

import dataclasses
import functools
import math
import numbers
import typing
from collections.abc import Callable
from typing import Any

from harness.rows import Answer, Image, Row

Check = Callable[[Any], str]
"""What is wrong with a value; "" where nothing is."""

NAMES = ("id", "key", "matches", "group")
"""Fields by which rows are called: numbers there are written as text."""
SHOWN = 40
"""Characters of a value that messages show."""


def with_names_as_text(row: Row) -> Row:
    """A row whose ids and keys are texts where they were numbers; the row itself where none was."""
    found = {name: _as_text(getattr(row, name, "")) for name in NAMES}
    changed = {name: value for name, value in found.items() if value is not None}
    return dataclasses.replace(row, **changed) if changed else row


def problem(row: Row) -> str:
    """The first value that is not of its declared type, or a text that is not Unicode; "" where there is none.

    Fields of types that no class of `harness.rows` has are not looked at.
    """
    row_type: Any = type(row)
    for name, check in _checks(row_type).items():
        if found := check(getattr(row, name)):
            return f"{name} {found}"
    return ""


def _as_text(value: Any) -> Any:
    """An id, or several, with numbers as texts; None where there are none."""
    if isinstance(value, str):
        return None
    if isinstance(value, tuple | list):
        return tuple(str(one) if _is_number(one) else one for one in value) if any(map(_is_number, value)) else None
    return str(value) if _is_number(value) else None


def _is_number(value: Any) -> bool:
    """Whether a value is a number that can be an id: not a truth value, nor what stands for a missing one."""
    if isinstance(value, str | bool):
        return False
    return isinstance(value, numbers.Integral) or (isinstance(value, float) and math.isfinite(value))


@functools.cache
def _checks(row_type: type[Row]) -> dict[str, Check]:
    try:
        hints = typing.get_type_hints(row_type)
    except NameError:
        # A plugin's class may name types that it imports for type checkers only.
        hints = typing.get_type_hints(Row)
    return {name: check for name, hint in hints.items() if (check := _CHECKS.get(hint))}


def _text(value: Any) -> str:
    if value is None:
        return "is missing"
    if not isinstance(value, str):
        return f"is {_shown(value)}, not a text"
    try:
        value.encode()
    except UnicodeEncodeError as error:
        return f"has half of a character, \\u{ord(value[error.start]):04x}, at {error.start}"
    return ""


def _index(value: Any) -> str:
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return "" if whole else f"is {_shown(value)}, not a whole number"


def _or_none(check: Check) -> Check:
    return lambda value: "" if value is None else check(value)


def _each(check: Check) -> Check:
    def check_all(values: Any) -> str:
        if not isinstance(values, tuple | list):
            return f"is {_shown(values)}, not a list"
        return next((f"number {i} {found}" for i, one in enumerate(values, start=1) if (found := check(one))), "")

    return check_all


def _answer(value: Any) -> str:
    if not isinstance(value, Answer):
        return f"is {_shown(value)}, not an answer"
    if found := _text(value.text):
        return found
    found = _index(value.start)
    return f"begins at {_shown(value.start)}" if found or value.start < 0 else ""


def _image(value: Any) -> str:
    if not isinstance(value, Image):
        return f"is {_shown(value)}, not an image"
    content: Any = value.content
    if not isinstance(content, bytes):
        return f"has the content {_shown(content)}, which is not bytes"
    problems = (f"has a {what} that {found}" for what in ("name", "path") if (found := _text(getattr(value, what))))
    return next(problems, "")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


_CHECKS: dict[Any, Check] = {
    str: _text,
    str | None: _or_none(_text),
    int | None: _or_none(_index),
    tuple[str, ...]: _each(_text),
    tuple[Answer, ...]: _each(_answer),
    Image: _image,
}
