"""Starts trackers and calls life-cycle hooks: a plugin or tracker that fails there is reported and stops no run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import UserError, in_words
from harness.plugins import OURS
from harness.registry import Registry


def check_trackers(registry: Registry, names: Sequence[str], runs: Path) -> None:
    """Refuse trackers that could not start; nothing is written.

    Args and errors are those of `start_trackers`.
    """
    for name in dict.fromkeys(names):
        _call_tracker(registry, name, registry.tracker(name).check, runs)


def start_trackers(registry: Registry, names: Sequence[str], runs: Path) -> dict[str, object]:
    """The objects that follow runs, by name of their tracker.

    Args:
        runs: the runs directory; each tracker gets the folder of its name in it.

    Raises:
        UnknownName: there is no such tracker.
        UserError: one cannot start.
    """
    check_trackers(registry, names, runs)
    return {name: _call_tracker(registry, name, registry.tracker(name).start, runs) for name in dict.fromkeys(names)}


def _call_tracker(registry: Registry, name: str, function: Callable[[Path], object], runs: Path) -> object:
    """What a function of a tracker returns, given its folder; what it raises is told under its name."""
    try:
        return function(runs / name)
    except UserError:
        raise
    except BaseException as error:
        if isinstance(error, OURS):
            raise
        plugin = registry.owner("tracker", name)
        raise UserError(
            f"the tracker {name} cannot start: {in_words(error)}",
            code="tracker-cannot-start",
            where=f"plugin {plugin.entry_point!r} of {plugin.distribution}",
            fix="fix it, or leave out --track",
        ) from error


class LifeCycle:
    """The life-cycle hooks of `harness.hookspecs`, as methods.

    Args:
        registry: whose plugins are called.
        observers: objects of this run with hook implementations of their own, such as its progress display.
        trackers: the same of trackers, by name.
    """

    def __init__(self, registry: Registry, *observers: object, trackers: Mapping[str, object] | None = None) -> None:
        self._registry = registry
        self._observers = observers
        self._trackers = {f"tracker {name}": tracker for name, tracker in (trackers or {}).items()}
        self._owners = {f"tracker {name}": registry.owner("tracker", name) for name in trackers or {}}

    def __enter__(self) -> LifeCycle:
        with contextlib.ExitStack() as stack:
            named = [*((None, observer) for observer in self._observers), *self._trackers.items()]
            for name, observer in named:
                self._registry.manager.register(observer, name)
                stack.callback(self._forget, observer)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run_started(self, *, run: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("run_started", run=run)

    def stage_started(self, *, stage: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("stage_started", stage=stage)

    def stage_advanced(self, *, stage: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("stage_advanced", stage=stage)

    def stage_finished(self, *, stage: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("stage_finished", stage=stage)

    def stage_failed(self, *, stage: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("stage_failed", stage=stage)

    def score_started(self, *, score: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("score_started", score=score)

    def phase_started(self, *, phase: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("phase_started", phase=phase)

    def step_finished(self, *, step: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("step_finished", step=step)

    def phase_finished(self, *, phase: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("phase_finished", phase=phase)

    def phase_failed(self, *, phase: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("phase_failed", phase=phase)

    def record_written(self, *, record: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("record_written", record=record)

    def run_finished(self, *, run: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("run_finished", run=run)

    def _call(self, hook: str, **arguments: Any) -> None:
        for implementation in getattr(self._registry.manager.hook, hook).get_hookimpls():
            wanted = {name: arguments[name] for name in implementation.argnames}
            name = implementation.plugin_name
            plugin = self._owners.get(name) or self._registry.plugins.get(name)
            if plugin is None:
                implementation.function(**wanted)
                continue
            with self._registry.guard(plugin) as guard:
                implementation.function(**wanted)
            if guard.failed:
                # Told once; its module stays imported, but no further step waits for it.
                self._forget(implementation.plugin)

    def _forget(self, observer: object) -> None:
        if self._registry.manager.is_registered(observer):
            self._registry.manager.unregister(observer)
