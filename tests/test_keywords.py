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
SEVERAL_FORMS = {"arms": str | Sequence[str] | Mapping[str, Any], "seeds": int | str | Sequence[int]}
"""Keywords that `check_keys` turns into the type of their setting."""


def test_each_setting_is_a_keyword_of_its_type() -> None:
    keywords, settings = get_type_hints(SettingsKeywords), get_type_hints(Settings)
    assert list(keywords) == [field.name for field in dataclasses.fields(Settings)]
    given = {name: (SEVERAL_FORMS[name],) if name in SEVERAL_FORMS else GIVEN_AS[settings[name]] for name in settings}
    assert [name for name in settings if keywords[name] not in given[name]] == []
    assert {name for name, kind in keywords.items() if kind == str | os.PathLike[str]} == PATHS


def test_what_the_types_allow_is_accepted() -> None:
    given = {"intermediate": "mnli,qqp", "target": ["pawsx"], "seeds": 2, "data": Path("data"), "model": Path("model")}
    given["arms"] = ["mnli"]
    found = check_keys(given, where="here")
    assert (found["intermediate"], found["target"], found["seeds"]) == (("mnli", "qqp"), ("pawsx",), (2,))
    assert (found["data"], found["model"]) == ("data", "model")
    assert found["arms"] == check_keys({"arms": "mnli"}, where="here")["arms"] != {}


@pytest.mark.parametrize("function", [harness.train, harness.plan])
def test_signatures_name_each_setting_with_its_default(function: Any) -> None:
    parameters = inspect.signature(function).parameters
    assert {"runs", "config"} < parameters.keys()
    for field in dataclasses.fields(Settings):
        assert parameters[field.name].default == getattr(Settings(), field.name)
        assert parameters[field.name].annotation == SettingsKeywords.__annotations__[field.name]
    assert [one.name for one in parameters.values() if one.kind is not inspect.Parameter.KEYWORD_ONLY] == []
