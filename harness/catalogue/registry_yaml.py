"""The models, suites and presets of registry.yaml, registered as a plugin's are."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from harness.catalogue.values import Model, Preset, Suite
from harness.hookspecs import hookimpl

FILE = Path(__file__).parent.parent / "registry.yaml"
PUBLISHED = "published"
"""Of a preset: where its values are from."""


@functools.cache
def content() -> Mapping[str, Any]:
    """All of the file: suites, benchmarks, models and presets."""
    with FILE.open(encoding="utf-8") as file:
        data: Mapping[str, Any] = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return data


@hookimpl
def register_models(register: Callable[[Model], None]) -> None:
    """Registers the file's models."""
    for name, entry in content()["models"].items():
        register(Model(name=name, **entry))


@hookimpl
def register_suites(register: Callable[[Suite], None]) -> None:
    """Registers the file's suites; a benchmark is the suite of its tasks, too."""
    for name, tasks in content()["suites"].items():
        register(Suite(name=name, tasks=tuple(tasks)))
    for name, entry in content()["benchmarks"].items():
        tasks = tuple(parts.get("task", task) for task, parts in entry["tasks"].items())
        register(Suite(name=name, tasks=tasks, description=entry["description"]))


@hookimpl
def register_presets(register: Callable[[Preset], None]) -> None:
    """Registers the file's presets."""
    for name, entry in content()["presets"].items():
        values = {key: value for key, value in entry.items() if key != PUBLISHED}
        register(Preset(name=name, values=values, published=entry.get(PUBLISHED, {})))
