"""Life-cycle hooks: observers come and go with their run, a third party's failure is told once and stops nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import pytest

import harness
from harness.lifecycle import LifeCycle
from harness.plugins import Plugin
from harness.registry import Registry
from tests.raising import raises_code

HOOKS = (
    *("run_started", "stage_started", "stage_advanced", "stage_finished", "stage_failed", "score_started"),
    *("phase_started", "step_finished", "phase_finished", "phase_failed", "record_written", "run_finished"),
)


class Observer:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Mapping[str, Any]]] = []

    @harness.hookimpl
    def run_started(self, run: Mapping[str, Any]) -> None:
        self.told.append(("run_started", run))

    @harness.hookimpl
    def stage_started(self, stage: Mapping[str, Any]) -> None:
        self.told.append(("stage_started", stage))

    @harness.hookimpl
    def stage_advanced(self, stage: Mapping[str, Any]) -> None:
        self.told.append(("stage_advanced", stage))

    @harness.hookimpl
    def stage_finished(self, stage: Mapping[str, Any]) -> None:
        self.told.append(("stage_finished", stage))

    @harness.hookimpl
    def stage_failed(self, stage: Mapping[str, Any]) -> None:
        self.told.append(("stage_failed", stage))

    @harness.hookimpl
    def score_started(self, score: Mapping[str, Any]) -> None:
        self.told.append(("score_started", score))

    @harness.hookimpl
    def phase_started(self, phase: Mapping[str, Any]) -> None:
        self.told.append(("phase_started", phase))

    @harness.hookimpl
    def step_finished(self, step: Mapping[str, Any]) -> None:
        self.told.append(("step_finished", step))

    @harness.hookimpl
    def phase_finished(self, phase: Mapping[str, Any]) -> None:
        self.told.append(("phase_finished", phase))

    @harness.hookimpl
    def phase_failed(self, phase: Mapping[str, Any]) -> None:
        self.told.append(("phase_failed", phase))

    @harness.hookimpl
    def record_written(self, record: Mapping[str, Any]) -> None:
        self.told.append(("record_written", record))

    @harness.hookimpl
    def run_finished(self, run: Mapping[str, Any]) -> None:
        self.told.append(("run_finished", run))


class Broken(Observer):
    """A third party's tracker that fails at every step."""

    @harness.hookimpl
    def step_finished(self, step: Mapping[str, Any]) -> None:
        super().step_finished(step)
        raise ConnectionError("no network")


class Silent:
    """A third party's hook that asks for nothing."""

    def __init__(self) -> None:
        self.called = 0

    @harness.hookimpl
    def step_finished(self) -> None:
        self.called += 1


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.delenv("XHARNESS_STRICT", raising=False)
    return Registry()


def add(registry: Registry, module: object, name: str = "tracker") -> None:
    """Register an object as the entry point of a distribution."""
    plugin = Plugin(name=f"dist/{name}", distribution="dist", version="1.0", entry_point=name, built_in=False)
    registry.plugins[plugin.name] = plugin
    registry.manager.register(module, plugin.name)


def tell(life: LifeCycle, count: int = 1) -> None:
    for number in range(count):
        life.step_finished(step={"step": number})


def test_every_hook_reaches_observers_and_plugins(registry: Registry) -> None:
    observer, plugin = Observer(), Observer()
    add(registry, plugin)
    with LifeCycle(registry, observer) as life:
        life.run_started(run={"z": 0})
        life.stage_started(stage={"s": 1})
        life.stage_advanced(stage={"s": 2})
        life.stage_finished(stage={"s": 3})
        life.stage_failed(stage={"s": 4})
        life.score_started(score={"s": 5})
        life.phase_started(phase={"a": 1})
        life.step_finished(step={"b": 2})
        life.phase_finished(phase={"c": 3})
        life.phase_failed(phase={"x": 9})
        life.record_written(record={"d": 4})
        life.run_finished(run={"e": 5})
    assert tuple(name for name, _ in observer.told) == HOOKS
    assert [list(told.items()) for _, told in observer.told] == [
        [("z", 0)], *([("s", number)] for number in (1, 2, 3, 4, 5)),
        [("a", 1)], [("b", 2)], [("c", 3)], [("x", 9)], [("d", 4)], [("e", 5)]
    ]  # fmt: skip
    assert plugin.told == observer.told


def test_observers_hear_of_their_own_run_only(registry: Registry) -> None:
    first, second = Observer(), Observer()
    with LifeCycle(registry, first) as life:
        tell(life)
    with contextlib.suppress(KeyboardInterrupt), LifeCycle(registry, second) as life:
        tell(life)
        raise KeyboardInterrupt
    with LifeCycle(registry) as life:
        tell(life)
    assert len(first.told) == len(second.told) == 1
    assert not registry.manager.is_registered(first)
    assert not registry.manager.is_registered(second)


def test_an_observer_that_cannot_be_registered_leaves_none_behind(registry: Registry) -> None:
    observer = Observer()
    with pytest.raises(ValueError, match="already registered"):
        LifeCycle(registry, observer, observer).__enter__()
    assert not registry.manager.is_registered(observer)


def test_a_plugin_that_fails_is_told_once_and_stops_nothing(registry: Registry) -> None:
    broken, other, observer = Broken(), Observer(), Observer()
    add(registry, broken)
    add(registry, other, "other")
    with LifeCycle(registry, observer) as life:
        tell(life, 3)
    assert len(broken.told) == 1
    assert len(other.told) == len(observer.told) == 3
    (problem,) = registry.problems
    assert (problem.distribution, problem.entry_point) == ("dist", "tracker")
    assert problem.error == "ConnectionError: no network"
    assert 'raise ConnectionError("no network")' in problem.trace


def test_strict_mode_raises(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XHARNESS_STRICT", "1")
    add(registry, Broken())
    with LifeCycle(registry) as life, raises_code("plugin-failed"):
        tell(life)


def test_what_fails_in_our_own_observers_is_raised(registry: Registry) -> None:
    with LifeCycle(registry, Broken()) as life, pytest.raises(ConnectionError):
        tell(life)
    assert registry.problems == []


def test_a_hook_may_ask_for_less(registry: Registry) -> None:
    silent = Silent()
    add(registry, silent)
    with LifeCycle(registry) as life:
        tell(life, 2)
    assert silent.called == 2
    assert registry.problems == []
