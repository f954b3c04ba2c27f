"""Whether the fields of a registered thing have values of the types that its class declares."""

from __future__ import annotations

import builtins
import collections.abc
import dataclasses
import functools
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

SHOWN = 60
"""Characters of a value that messages show."""


def wrong_field(thing: Any) -> str:
    """The first field of a data class whose value is not of its declared type, and what it is; "" where all are.

    Types that cannot be had at runtime, such as arguments of functions, are not looked at.
    """
    for name, hint in _hints(type(thing)).items():  # type: ignore[arg-type]
        if not _fits(getattr(thing, name), hint):
            return f"has {_shown(getattr(thing, name))} as {name}, which is {_in_words(hint)}"
    return ""


class _Names(dict[str, Any]):
    """The names of a module; what it imports for type checkers only is of any type."""

    def __missing__(self, name: str) -> Any:
        return {**vars(builtins), **vars(collections.abc)}.get(name, Any)


@functools.cache
def _hints(cls: type[Any]) -> dict[str, Any]:
    """The declared types of the fields that are given when such a thing is made."""
    found = {}
    for field in dataclasses.fields(cls):
        owner = next(base for base in cls.__mro__ if field.name in vars(base).get("__annotations__", {}))
        hint = field.type
        if isinstance(hint, str):
            try:
                hint = eval(hint, {}, _Names(vars(sys.modules[owner.__module__])))  # noqa: S307  (our source code)
            except (TypeError, AttributeError, NameError):
                hint = Any
        found[field.name] = hint
    return found


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a type; lists will do for tuples."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, one) for one in arguments)
    if origin is typing.Literal:
        return value in arguments
    if origin is tuple or origin is Sequence:
        return isinstance(value, tuple | list) and _all_fit(value, arguments)
    if origin is Mapping or origin is dict:
        return isinstance(value, Mapping) and all(
            _fits(key, arguments[0]) and _fits(one, arguments[1]) for key, one in value.items()
        )
    if origin is Callable:
        return callable(value)
    if origin is type:
        return isinstance(value, type)
    if hint is None or hint is type(None):
        return value is None
    if hint is Any or not isinstance(hint, type):
        return True
    if hint in (int, float, bool):
        return isinstance(value, int | float if hint is float else hint) and isinstance(value, bool) is (hint is bool)
    return isinstance(value, hint) and (not dataclasses.is_dataclass(value) or not wrong_field(value))


def _all_fit(values: Sequence[Any], arguments: tuple[Any, ...]) -> bool:
    if not arguments:
        return True
    if arguments[-1] is ... or len(arguments) == 1:
        return all(_fits(value, arguments[0]) for value in values)
    return len(values) == len(arguments) and all(map(_fits, values, arguments))


_WORDS: dict[Any, str] = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def _in_words(hint: Any) -> str:
    """A declared type for people."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join("None" if one is type(None) else _in_words(one) for one in arguments)
    if origin is typing.Literal:
        return " or ".join(map(repr, arguments))
    if origin is tuple or origin is Sequence:
        return f"a tuple, each part {_in_words(arguments[0])}" if arguments else "a tuple"
    if origin is Mapping or origin is dict:
        return f"a mapping to {_in_words(arguments[1])}"
    if origin is Callable:
        return "a function"
    name = str(getattr(hint, "__name__", hint))
    return _WORDS.get(hint, f"{'an' if name[0] in 'AEIOU' else 'a'} {name}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
