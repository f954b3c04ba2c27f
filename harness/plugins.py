"""Loading of plugins, built-in and third-party: a plugin that fails is reported as a `PluginProblem`, the rest works.

`XHARNESS_STRICT=1` raises instead.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import os
import pkgutil
import sys
import threading
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pluggy

from harness import hookspecs
from harness.errors import UserError, in_words
from harness.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

GROUP = "xharness"

SLOW_IMPORT = 10.0
"""Seconds after which a plugin is named that is still being imported."""

OURS = (KeyboardInterrupt, GeneratorExit)
"""What ends a process or a generator; all else, SystemExit included, is what a plugin does wrong."""


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """A loaded plugin: a built-in module, or the entry point of a distribution."""

    name: str
    distribution: str
    version: str
    entry_point: str
    built_in: bool


@dataclass(frozen=True, kw_only=True)
class PluginProblem:
    """A plugin, or one thing it registers, that was refused."""

    distribution: str
    entry_point: str
    error: str
    fix: str
    trace: str = ""

    def __str__(self) -> str:
        return f"plugin {self.entry_point!r} of {self.distribution}: {self.error}; {self.fix}"


class PluginFailed(UserError):
    """A plugin problem under XHARNESS_STRICT=1."""


class PluginHost:
    """The plugins of this process. Third parties' are loaded at once, built-in ones when their package is scanned.

    Attributes:
        manager: calls hooks.
        plugins: those that implement a hook, by their name for the manager.
        problems: plugins, or single things of them, that were refused.
    """

    def __init__(self) -> None:
        self.manager = pluggy.PluginManager("xharness")
        self.manager.add_hookspecs(hookspecs)
        self.plugins: dict[str, Plugin] = {}
        self.problems: list[PluginProblem] = []
        self._scanned: set[str] = set()
        self._load_entry_points()

    def scan(self, package: str) -> None:
        """Load the modules of a package as built-in plugins, once."""
        if package in self._scanned:
            return
        self._scanned.add(package)
        parent = importlib.import_module(package)
        for found in sorted(pkgutil.iter_modules(parent.__path__), key=lambda m: m.name):
            name = f"{package}.{found.name}"
            plugin = Plugin(name=name, distribution="xharness", version=__version__, entry_point=name, built_in=True)
            with self.guard(plugin):
                self._load(importlib.import_module(name), plugin)

    def implementations(self, hook: str) -> Iterator[tuple[Plugin, Any]]:
        """Each plugin that implements a hook, with its function.

        Built-ins first, so that a third party cannot take a built-in name; then by name, for a stable order.
        """
        found = [
            (self.plugins[one.plugin_name], one.function) for one in getattr(self.manager.hook, hook).get_hookimpls()
        ]
        yield from sorted(found, key=lambda pair: (not pair[0].built_in, pair[0].name))

    def guard(self, plugin: Plugin) -> Guard:
        """A context in which whatever the plugin raises becomes a problem with its name on it."""
        return Guard(self, plugin)

    def report(self, plugin: Plugin, error: str, fix: str, trace: str = "") -> None:
        """Remember a problem with a plugin; raise it under XHARNESS_STRICT=1."""
        problem = PluginProblem(
            distribution=plugin.distribution, entry_point=plugin.entry_point, error=error, fix=fix, trace=trace
        )
        if os.environ.get("XHARNESS_STRICT") == "1":
            raise PluginFailed(str(problem), code="plugin-failed", fix="unset XHARNESS_STRICT to go on without it")
        self.problems.append(problem)

    def _load_entry_points(self) -> None:
        for entry in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda e: e.name):
            distribution = entry.dist.name if entry.dist else "unknown distribution"
            version = entry.dist.version if entry.dist else "?"
            name = f"{distribution}/{entry.name}"
            plugin = Plugin(
                name=name, distribution=distribution, version=version, entry_point=entry.name, built_in=False
            )
            with self.guard(plugin), _named_while_slow(plugin):
                module = entry.load()
                self._load(module, plugin)

    def _load(self, module: ModuleType, plugin: Plugin) -> None:
        try:
            self.manager.register(module, plugin.name)
            self.manager.check_pending()
        except pluggy.PluginValidationError:
            # Left in place, its unknown hook would be found again with each plugin that follows. Before 1.7 pluggy
            # keeps the hooks that it came to before one with wrong arguments.
            if self.manager.has_plugin(plugin.name):
                self.manager.unregister(module)
            raise
        if self.manager.get_hookcallers(module):
            self.plugins[plugin.name] = plugin
        elif not plugin.built_in:
            self.report(plugin, "implements no hook of xharness", "mark its functions with @harness.hookimpl")


@contextlib.contextmanager
def _named_while_slow(plugin: Plugin) -> Iterator[None]:
    """Say which plugin is being imported if that takes long: nothing else tells it from a program that hangs."""
    said = f"still importing plugin {plugin.entry_point!r} of {plugin.distribution}; uninstall it if that never ends\n"
    timer = threading.Timer(SLOW_IMPORT, sys.stderr.write, [said])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class Guard:
    """Turns whatever a plugin raises into a problem with its name on it; `failed` says whether it did.

    What it prints goes to the standard error.
    """

    def __init__(self, host: PluginHost, plugin: Plugin) -> None:
        self.host = host
        self.plugin = plugin
        self.failed = False

    def __enter__(self) -> Guard:
        # What a command writes may be JSON.
        self._elsewhere = contextlib.redirect_stdout(sys.stderr)
        self._elsewhere.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> bool:
        self._elsewhere.__exit__(kind, error, trace)
        if error is None or isinstance(error, (PluginFailed, *OURS)):
            return False
        self.failed = True
        self.host.report(
            self.plugin,
            in_words(error),
            "`xharness doctor` shows the trace; update or uninstall the plugin",
            "".join(traceback.format_exception(error)),
        )
        return True
