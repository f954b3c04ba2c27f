"""The settings as keyword arguments, for editors and type checkers: one for each field of `harness.config.Settings`."""

from __future__ import annotations

import dataclasses
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict, TypeVar

from harness.config import Settings

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
    seeds: int | Sequence[int]
    baseline: bool
    strict: bool
    deterministic: bool
    trim_vocab: str
    against: str
    score_snapshots: bool
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
