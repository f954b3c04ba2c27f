"""Calls the life-cycle hooks: a third party's plugin that fails there is reported and must not stop a run."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from harness.registry import Registry


class LifeCycle:
    """The life-cycle hooks of `harness.hookspecs`, as methods.

    Args:
        registry: whose plugins are called.
        observers: objects of this run with hook implementations of their own, such as its progress display.
    """

    def __init__(self, registry: Registry, *observers: object) -> None:
        self._registry = registry
        self._observers = observers

    def __enter__(self) -> LifeCycle:
        with contextlib.ExitStack() as stack:
            for observer in self._observers:
                self._registry.manager.register(observer)
                stack.callback(self._registry.manager.unregister, observer)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def phase_started(self, *, phase: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("phase_started", phase=phase)

    def step_finished(self, *, step: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("step_finished", step=step)

    def phase_finished(self, *, phase: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("phase_finished", phase=phase)

    def record_written(self, *, record: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("record_written", record=record)

    def run_finished(self, *, run: Mapping[str, Any]) -> None:
        """See `harness.hookspecs`."""
        self._call("run_finished", run=run)

    def _call(self, hook: str, **arguments: Any) -> None:
        for implementation in getattr(self._registry.manager.hook, hook).get_hookimpls():
            wanted = {name: arguments[name] for name in implementation.argnames}
            plugin = self._registry.plugins.get(implementation.plugin_name)
            if plugin is None or plugin.built_in:
                implementation.function(**wanted)
                continue
            with self._registry.guard(plugin) as guard:
                implementation.function(**wanted)
            if guard.failed:
                # Told once; its module stays imported, but no further step waits for it.
                self._registry.manager.unregister(implementation.plugin)
