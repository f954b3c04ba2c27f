"""The settings as keyword arguments, for editors and type checkers: one for each field of `harness.config.Settings`."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict, TypeVar, cast

from harness.config import Settings
from harness.errors import SettingsError, UnknownName

TEXTS = {"runs", "config", "resume", "name", "run", "metric"}
"""Arguments that are texts or paths."""

Function = TypeVar("Function", bound=Callable[..., Any])


class SettingsKeywords(TypedDict, total=False):
    """What `harness.train` and `harness.plan` take; `harness.config.Settings` says what each means."""

    intermediate: str | Sequence[str]
    target: str | Sequence[str]
    mode: str
    model: str | os.PathLike[str]
    data: str | os.PathLike[str]
    preset: str
    languages: str | Sequence[str]
    limit: int
    seeds: int | str | Sequence[int]
    baseline: bool
    strict: bool
    deterministic: bool
    trim_vocab: str
    against: str
    score_snapshots: bool
    score_phases: bool
    arms: str | Sequence[str] | Mapping[str, Any]
    keep: str
    keep_precision: str
    set: Mapping[str, Any]


def with_settings(function: Function) -> Function:
    """Have `inspect.signature` of a function name each setting with its default, as completion in notebooks does.

    Args:
        function: takes the settings as `**settings`.
    """
    signature = inspect.signature(function)
    own = [one for one in signature.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    settings = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=getattr(Settings(), field.name),
            annotation=SettingsKeywords.__annotations__[field.name],
        )
        for field in dataclasses.fields(Settings)
    ]
    function.__signature__ = signature.replace(parameters=[*own, *settings])  # type: ignore[attr-defined]
    return function


def explained(function: Function) -> Function:
    """Have a function say what is wrong with arguments that it does not take, as settings do."""
    signature = inspect.signature(function)
    own = [one for one in signature.parameters.values() if one.name != "self"]
    known = [one.name for one in own if one.kind in (one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD)]
    takes_settings = any(one.kind is one.VAR_KEYWORD for one in own)
    where = f"{function.__name__}()"
    fix = 'give settings by name, such as target="pawsx"' if takes_settings else f"its arguments: {', '.join(known)}"

    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        try:
            signature.bind(*arguments, **keywords)
        except TypeError as error:
            unknown = next((name for name in keywords if name not in known), None)
            if unknown is not None:
                raise UnknownName("argument", unknown, known, where=where) from None
            raise SettingsError(
                f"{where} cannot be called so: {error}",
                code="wrong-arguments",
                where=where,
                fix=fix,
            ) from None
        for key in TEXTS & keywords.keys():
            if not isinstance(keywords[key], str | os.PathLike | None):
                raise SettingsError(f"{key} must be a text or a path", code="wrong-type", where=where)
        return function(*arguments, **keywords)

    return cast(Function, call)


def names_in(value: str | Sequence[str], key: str, *, where: str, separator: str | None = ",") -> tuple[str, ...]:
    """Names that were given as a list, or as a text.

    Args:
        key: the argument that they were given as, for messages.
        where: what it was given to.
        separator: what stands between several names in a text; None where a text is one.

    Raises:
        SettingsError: it is neither.
    """
    if isinstance(value, str):
        parts = value.split(separator) if separator else [value]
        return tuple(part.strip() for part in parts if part.strip())
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise SettingsError(f"{key} must be a list of str", code="not-a-list", where=where)
    return tuple(value)
