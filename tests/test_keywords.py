"""The keyword arguments of `harness.train` and `harness.plan` are the settings, in name, type and default."""

from __future__ import annotations

import dataclasses
import inspect
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import harness
from harness.config import Settings, check_keys
from harness.keywords import SettingsKeywords

GIVEN_AS = {
    str: (str, str | os.PathLike[str]),
    int: (int,),
    bool: (bool,),
    tuple[str, ...]: (str | Sequence[str],),
    tuple[int, ...]: (int | Sequence[int],),
    Mapping[str, Any]: (Mapping[str, Any],),
}
"""The types of settings, each with those of the keyword that gives it."""

PATHS = {"data", "model"}


def test_each_setting_is_a_keyword_of_its_type() -> None:
    keywords, settings = get_type_hints(SettingsKeywords), get_type_hints(Settings)
    assert list(keywords) == [field.name for field in dataclasses.fields(Settings)]
    wrong = [name for name, kind in settings.items() if keywords[name] not in GIVEN_AS.get(kind, (kind,))]
    assert wrong == []
    assert {name for name, kind in keywords.items() if kind == str | os.PathLike[str]} == PATHS


def test_what_the_types_allow_is_accepted() -> None:
    given = {"intermediate": "mnli,qqp", "target": ["pawsx"], "seeds": 2, "data": Path("data"), "model": Path("model")}
    found = check_keys(given, where="here")
    assert (found["intermediate"], found["target"], found["seeds"]) == (("mnli", "qqp"), ("pawsx",), (2,))
    assert (found["data"], found["model"]) == ("data", "model")


@pytest.mark.parametrize("function", [harness.train, harness.plan])
def test_signatures_name_each_setting_with_its_default(function: Any) -> None:
    parameters = inspect.signature(function).parameters
    assert {"runs", "config"} < parameters.keys()
    for field in dataclasses.fields(Settings):
        assert parameters[field.name].default == getattr(Settings(), field.name)
        assert parameters[field.name].annotation == SettingsKeywords.__annotations__[field.name]
    assert [one.name for one in parameters.values() if one.kind is not inspect.Parameter.KEYWORD_ONLY] == []
