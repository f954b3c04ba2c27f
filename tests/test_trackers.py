"""Trackers: found by name, started before anything else, and never a reason for a run to stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.lifecycle import LifeCycle, check_trackers, start_trackers
from harness.plugins import Plugin
from harness.registry import Registry
from tests.raising import raises_code


class Follower:
    """Remembers steps, and fails at one."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.steps: list[int] = []

    @harness.hookimpl
    def step_finished(self, step: Mapping[str, Any]) -> None:
        self.steps.append(step["step"])
        if step["step"] == 2:
            raise OSError("no space left")


def with_tracker(start: Callable[[Path], object], check: Callable[[Path], object] = str) -> Registry:
    """A registry with a third party's tracker `mine`."""

    class Module:
        @harness.hookimpl
        def register_trackers(self, register: Callable[[harness.Tracker], None]) -> None:
            register(harness.Tracker(name="mine", start=start, check=check))

    registry = Registry()
    plugin = Plugin(name="dist/mine", distribution="dist", version="1.0", entry_point="mine", built_in=False)
    registry.plugins[plugin.name] = plugin
    registry.manager.register(Module(), plugin.name)
    return registry


def test_a_tracker_gets_a_folder_of_its_own_and_is_started_once(tmp_path: Path) -> None:
    started = start_trackers(with_tracker(Follower), ["mine", "mine"], tmp_path)
    (follower,) = started.values()
    assert isinstance(follower, Follower)
    assert follower.directory == tmp_path / "mine"
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_tracker_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with raises_code("unknown-tracker", "tensorbord", "tensorboard"):
        start_trackers(Registry(), ["tensorbord"], tmp_path)


def test_a_tracker_is_asked_before_it_is_started_and_by_plans(tmp_path: Path) -> None:
    def missing(directory: Path) -> None:
        raise harness.UserError(f"nothing in {directory.name}", code="package-missing")

    def broken(directory: Path) -> None:
        raise OSError("half installed")

    for check, code, told in (
        (missing, "package-missing", "nothing in mine"),
        (broken, "tracker-cannot-start", "half"),
    ):
        registry = with_tracker(lambda _: pytest.fail("started"), check)
        for ask in (check_trackers, start_trackers):
            with raises_code(code, told):
                ask(registry, ["mine"], tmp_path)
    check_trackers(with_tracker(lambda _: pytest.fail("started")), ["mine"], tmp_path)
    with raises_code("unknown-tracker"):
        check_trackers(Registry(), ["tensorbord"], tmp_path)


def test_a_tracker_that_cannot_start_is_named(tmp_path: Path) -> None:
    def refused(directory: Path) -> object:
        raise ConnectionError("no network")

    with raises_code("tracker-cannot-start", "mine", "ConnectionError", "no network") as caught:
        start_trackers(with_tracker(refused), ["mine"], tmp_path)
    assert caught.value.where == "plugin 'mine' of dist"


def test_a_tracker_that_fails_is_told_once_and_the_run_goes_on(tmp_path: Path) -> None:
    registry = with_tracker(Follower)
    started = start_trackers(registry, ["mine"], tmp_path)
    for _ in range(2):
        with LifeCycle(registry, trackers=started) as life:
            for number in (1, 2, 3):
                life.step_finished(step={"step": number})
    follower = started["mine"]
    assert isinstance(follower, Follower)
    # The next run of the command asks it again.
    assert follower.steps == [1, 2, 1, 2]
    assert [problem.error for problem in registry.problems] == ["OSError: no space left"] * 2
    assert not registry.manager.is_registered(follower)
