"""JSON and TOML that others wrote: one way to read them, in which whatever cannot be used is one error.

Python's parsers have errors of their own for deep nesting, numbers without end and broken text, let half of a surrogate
pair through, and stop at a byte order mark. Here all of these are `Unreadable`, which says where.
"""

from __future__ import annotations

import codecs
import json
import re
import stat
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DEEPEST = 100
"""Levels of lists and objects that may lie in each other; what works on deeper ones ends in a RecursionError."""

DIGITS = 4300
"""Digits of a whole number; converting longer ones takes the square of their length, so that Python refuses it."""

BITS = 63
"""Of a whole number in TOML, without its sign; more are no fraction and no size of anything."""

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_TOML_PLACE = re.compile(r" \((?:at line (\d+), column (\d+)|at end of document)\)$")


class Unreadable(ValueError):
    """Content that is not JSON, not TOML or not text.

    Attributes:
        problem: what it is not, and why, such as "not JSON: nested more than 100 deep".
        line: the 1-based line; None where it is not known.
        column: the 1-based character within the line; None likewise.
    """

    def __init__(self, problem: str, line: int | None = None, column: int | None = None) -> None:
        place = f" (line {line}, column {column})" if line is not None else ""
        super().__init__(f"{problem}{place}")
        self.problem = problem
        self.line = line
        self.column = column


class HalfPair(Unreadable):
    """JSON with half of a surrogate pair in a string: it can be parsed, but not written to a file."""


def read_json(path: Path) -> Any:
    """The JSON of a file, with or without a byte order mark.

    Raises:
        Unreadable: it has none, or the path is of a pipe, a device or the like.
        OSError: it cannot be read.
    """
    return parse_json(read_bytes(path))


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file, with or without a byte order mark.

    Raises:
        Unreadable: it is no such file, or the path is of a pipe, a device or the like.
        OSError: it cannot be read.
    """
    return parse_toml(read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        Unreadable: the path is of a pipe, a device or the like, which may have no end.
        OSError: it cannot be read.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise Unreadable("not a file: a pipe, a socket or a device")
    return path.read_bytes()


def parse_json(
    text: str | bytes,
    *,
    pairs: Callable[[list[tuple[str, Any]]], Any] | None = None,
    half_pairs: bool = False,
) -> Any:
    """The value of a JSON text.

    Args:
        pairs: makes an object of its keys and values; a dict by default, which keeps the last of equal keys.
        half_pairs: whether halves of surrogate pairs are let through; xharness writes them where an error has some.

    Raises:
        Unreadable: it is not JSON; it is nested more than `DEEPEST` deep, or has a whole number of more than `DIGITS`
            digits.
        HalfPair: a string has half of a surrogate pair.
    """
    text = decoded(text)
    try:
        value = json.loads(text, object_pairs_hook=pairs)
    except (RecursionError, ValueError) as error:
        raise _unreadable(error, "JSON") from None
    if text.count("[") + text.count("{") > DEEPEST:
        _refuse_nesting(value, "JSON")
    if not half_pairs and _SURROGATE.search(text):
        _refuse_half_pairs(text)
    return value


def parse_toml(text: str | bytes) -> dict[str, Any]:
    """The tables of a TOML text.

    Raises:
        Unreadable: it is not TOML; it is nested more than `DEEPEST` deep, or has a whole number of more than 64 bits.
    """
    text = decoded(text)
    try:
        value = tomllib.loads(text)
    except (RecursionError, ValueError) as error:
        raise _unreadable(error, "TOML") from None
    _refuse_nesting(value, "TOML")
    if any(type(one) is int and one.bit_length() > BITS for level in _levels(value) for one in level):
        raise Unreadable(f"not TOML: a whole number of more than {BITS + 1} bits")
    return value


def whole_number(text: str) -> int | None:
    """The whole number that a text is, in digits alone; None for other texts, and for more than `DIGITS` digits."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS else None


def decoded(text: str | bytes) -> str:
    """A text, of UTF-8 if it is given as bytes, without a byte order mark.

    Raises:
        Unreadable: it is not UTF-8, or cannot be written as such.
    """
    if isinstance(text, str):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            half = f"not text: half of a surrogate pair, U+{ord(text[error.start]):04X}"
            raise HalfPair(half, *_place(text, error.start)) from None
        return text.removeprefix("\ufeff")
    raw = text.removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode()
        raise Unreadable(f"not UTF-8: byte 0x{raw[error.start]:02x}", *_place(before, len(before))) from None


def _unreadable(error: RecursionError | ValueError, language: str) -> Unreadable:
    """What a parser raises as the one error."""
    if isinstance(error, RecursionError):
        return _too_deep(language)
    if isinstance(error, json.JSONDecodeError):
        return Unreadable(f"not JSON: {error.msg}", error.lineno, error.colno)
    if isinstance(error, tomllib.TOMLDecodeError):
        place = _TOML_PLACE.search(str(error))
        line, column = (int(place[1]), int(place[2])) if place and place[1] else (None, None)
        what = str(error)[: place.start()] if place and line is not None else str(error)
        return Unreadable(f"not TOML: {what}", line, column)
    what = f"a whole number of more than {DIGITS:,} digits" if "digits" in str(error) else str(error)
    return Unreadable(f"not {language}: {what}")


def _levels(value: Any) -> Iterator[list[Any]]:
    """The value, then all that lies directly in it, then what lies in that, and so on; without recursion."""
    level = [value]
    while level:
        yield level
        level = [
            child
            for parent in level
            if isinstance(parent, list | tuple | dict)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]


def _refuse_nesting(value: Any, language: str) -> None:
    # What lies in the innermost list is one level more.
    for depth, level in enumerate(_levels(value)):
        if depth >= DEEPEST and any(isinstance(one, list | tuple | dict) for one in level):
            raise _too_deep(language)


def _refuse_half_pairs(text: str) -> None:
    high: re.Match[str] | None = None
    for escape in _ESCAPE.finditer(text):
        code = int(escape[1] or "0", 16)
        low = 0xDC00 <= code < 0xE000
        if high and not (low and high.end() == escape.start()):
            raise _half_pair(text, high)
        if low and not high:
            raise _half_pair(text, escape)
        high = escape if 0xD800 <= code < 0xDC00 else None
    if high:
        raise _half_pair(text, high)


def _half_pair(text: str, escape: re.Match[str]) -> HalfPair:
    return HalfPair(f"not JSON: half of a surrogate pair, {escape[0]}", *_place(text, escape.start()))


def _too_deep(language: str) -> Unreadable:
    return Unreadable(f"not {language} that can be read: nested more than {DEEPEST} deep")


def _place(text: str, position: int) -> tuple[int, int]:
    """Line and column, from 1, of a position in a text."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
