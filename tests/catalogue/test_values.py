"""Models, suites and presets that a plugin cannot register, and what is said of them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from harness import Model, Preset, Suite
from harness.catalogue.registry_yaml import content
from harness.catalogue.values import SIZES, check_model, check_preset, check_suite
from harness.config import settings_from
from harness.planning.stages.models import Built
from harness.registry import Registry, default_registry
from tests.raising import raises_code

REGISTRY = default_registry()
PARAMETERS = dict.fromkeys(SIZES, 8)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, "model-origin"),
        ({"hub": "us/model", "build": "module:build", "parameters": PARAMETERS}, "model-origin"),
        ({"build": "module:build", "parameters": PARAMETERS}, ""),
        ({"build": "module:build", "parameters": {"layers": 1}, "fixed": {"heads": 2}}, "model-sizes"),
        ({"build": "module:build", "fixed": PARAMETERS}, ""),
        ({"directory": "module:find"}, ""),
    ],
)
def test_a_model_has_one_origin_and_a_builder_all_sizes(values: dict[str, Any], code: str) -> None:
    model = Model(name="ours", **values)
    if not code:
        check_model(model, {}, REGISTRY)
        return
    with raises_code(code):
        check_model(model, {}, REGISTRY)


@pytest.mark.parametrize(
    ("name", "tasks", "code"),
    [
        ("ours", (), "empty-suite"),
        ("ours", ("xnli", "nowhere"), "suite-of-unknown-task"),
        ("xnli", ("pawsx",), "suite-name"),
        ("target-english", ("pawsx",), "suite-name"),
    ],
)
def test_a_suite_has_tasks_that_exist_and_a_name_of_its_own(name: str, tasks: tuple[str, ...], code: str) -> None:
    with raises_code(code):
        check_suite(Suite(name=name, tasks=tasks), {}, REGISTRY)
    check_suite(Suite(name="ours", tasks=("xnli", "pawsx")), {}, REGISTRY)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"learning_rate": 1e-5}, "unknown-hyper-parameter"),
        ({"target": {"steps": "many"}}, "wrong-type"),
        ({"tasks": {"nowhere": {"lr": 1e-5}}}, "unknown-task"),
        ({"models": {"ours": {"tasks": {"nowhere": {"lr": 1e-5}}}}}, "unknown-task"),
    ],
)
def test_a_preset_has_names_and_values_that_exist(values: dict[str, Any], code: str) -> None:
    with raises_code(code):
        check_preset(Preset(name="ours", values=values), {}, REGISTRY)
    check_preset(Preset(name="ours", values={"lr": 1e-5, "models": {"any": {"lr": 1e-4}}}), {}, REGISTRY)


@pytest.mark.parametrize(
    ("published", "code", "names"),
    [
        ({"lr": "a paper", "epochs": "a paper"}, "published-without-value", ("epochs", "target.steps")),
        ({"steps": "a paper"}, "published-without-value", ("steps",)),
        ({"target": "a paper"}, "published-without-value", ("target",)),
        ({"lr": ""}, "published-nowhere", ()),
    ],
)
def test_what_is_published_is_a_value_of_the_preset(
    published: dict[str, str], code: str, names: tuple[str, ...]
) -> None:
    preset = Preset(name="ours", values={"lr": 1e-5, "target": {"steps": 4}}, published=published)
    with raises_code(code, *names):
        check_preset(preset, {}, REGISTRY)
    check_preset(dataclasses.replace(preset, published={"lr": "a paper", "target.steps": "a table"}), {}, REGISTRY)


def test_all_of_the_file_is_registered() -> None:
    registry = Registry()
    assert registry.models.keys() == content()["models"].keys()
    assert registry.presets.keys() == content()["presets"].keys()
    assert registry.suites.keys() == content()["suites"].keys() | content()["benchmarks"].keys()
    assert registry.suites["xtreme-r"].tasks[7] == "tatoeba@xtreme-r"
    assert registry.presets["phang2020"].published["lr"] == "jiant, scripts/benchmarks/xtreme"
    assert "published" not in registry.presets["phang2020"].values
    assert registry.problems == []


def test_what_is_registered_is_what_settings_can_name(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry()
    ours = Model(name="ours", build="module:build", parameters=PARAMETERS, fixed={"positions": 66})
    monkeypatch.setitem(registry.__dict__, "models", {**registry.models, "ours": ours})
    settings = settings_from(registry, {"model": "ours", "set": {"model.layers": 2}})
    assert settings.model == "ours"
    with raises_code("unknown-model-parameter"):
        settings_from(registry, {"model": "ours", "set": {"model.depth": 2}})


def test_the_version_of_a_builder_counts_from_the_second_on() -> None:
    first = Built("ours", "module:build", (("layers", 1),), ())
    second = dataclasses.replace(first, builder_version=2)
    assert "builder_version" not in first.inputs
    assert first.digest != second.digest
    assert dataclasses.replace(second, builder_version=1).digest == first.digest
