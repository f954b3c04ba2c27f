"""Built-in and third-party plugins, and what they register: tasks, metrics, kinds and trackers.

Built-in plugins are the modules of four packages, found by scanning and registered with the same hooks as a third
party's. A plugin that fails is reported as a `PluginProblem` and the rest works; `XHARNESS_STRICT=1` raises instead.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import os
import pkgutil
import re
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy
import yaml

from harness import hookspecs
from harness.errors import UnknownName, UserError
from harness.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    from harness.kinds.base import Kind
    from harness.metrics import Metric
    from harness.tasks import Task
    from harness.trackers import Tracker

GROUP = "xharness"
TASK_PACKAGE = "harness_plugins.tasks"
METRIC_PACKAGE = "harness_plugins.metrics"
TRACKER_PACKAGE = "harness_plugins.trackers"
KIND_PACKAGE = "harness.kinds"

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@-]*")
"""Names become parts of file names and of settings such as `tasks.NAME.lr`; "@" marks a variant of a task."""

PUBLISHED = "published"
"""Of a preset in registry.yaml: where its values are from."""


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
    mend: str
    trace: str = ""

    def __str__(self) -> str:
        return f"plugin {self.entry_point!r} of {self.distribution}: {self.error}; {self.mend}"


class PluginFailed(UserError):
    """A plugin problem under XHARNESS_STRICT=1."""


T = TypeVar("T")


class Registry:
    """Plugins and what they register. Scans a package of built-ins only when something of it is asked for."""

    def __init__(self) -> None:
        self.manager = pluggy.PluginManager("xharness")
        self.manager.add_hookspecs(hookspecs)
        self.plugins: dict[str, Plugin] = {}
        self.problems: list[PluginProblem] = []
        self._owners: dict[tuple[str, str], Plugin] = {}
        self._load_entry_points()

    @functools.cached_property
    def tasks(self) -> Mapping[str, Task]:
        """Tasks by name."""
        from harness.tasks import Task

        self._scan(TASK_PACKAGE)
        tasks = self._collect("register_tasks", "task", Task)
        return {name: task for name, task in tasks.items() if self._can_train(task, tasks)}

    @functools.cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """Metrics by name."""
        from harness.metrics import Metric

        self._scan(METRIC_PACKAGE)
        return self._collect("register_metrics", "metric", Metric)

    @functools.cached_property
    def kinds(self) -> Mapping[str, Kind[Any]]:
        """Kinds by name."""
        from harness.kinds.base import Kind

        self._scan(KIND_PACKAGE)
        return self._collect("register_kinds", "kind", Kind)

    @functools.cached_property
    def trackers(self) -> Mapping[str, Tracker]:
        """Trackers by name."""
        from harness.trackers import Tracker

        self._scan(TRACKER_PACKAGE)
        return self._collect("register_trackers", "tracker", Tracker)

    @functools.cached_property
    def data(self) -> Mapping[str, Any]:
        """registry.yaml: suites, benchmarks, presets, models and defaults."""
        with (Path(__file__).parent / "registry.yaml").open(encoding="utf-8") as file:
            data: Mapping[str, Any] = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return data

    @property
    def suites(self) -> Mapping[str, tuple[str, ...]]:
        """Task names by suite; a benchmark is the suite of its tasks, too."""
        benchmarks = {
            name: tuple(parts.get("task", task) for task, parts in entry["tasks"].items())
            for name, entry in self.data["benchmarks"].items()
        }
        return {name: tuple(tasks) for name, tasks in self.data["suites"].items()} | benchmarks

    @property
    def presets(self) -> Mapping[str, Mapping[str, Any]]:
        """Hyper-parameters by preset."""
        presets: Mapping[str, Mapping[str, Any]] = self.data["presets"]
        return {
            name: {key: value for key, value in preset.items() if key != PUBLISHED} for name, preset in presets.items()
        }

    def published(self, preset: str) -> Mapping[str, str]:
        """Where a preset's values are published, by dotted name; those that are not named are assumed."""
        found: Mapping[str, str] = self.data["presets"][preset].get(PUBLISHED, {})
        return found

    @property
    def models(self) -> Mapping[str, Mapping[str, Any]]:
        """Models that have a name of ours."""
        models: Mapping[str, Mapping[str, Any]] = self.data["models"]
        return models

    def task(self, name: str) -> Task:
        """The task of that name."""
        return _lookup("task", name, self.tasks)

    def kind(self, name: str) -> Kind[Any]:
        """The kind of that name."""
        return _lookup("kind", name, self.kinds)

    def metric(self, name: str) -> Metric:
        """The metric of that name."""
        return _lookup("metric", name, self.metrics)

    def tracker(self, name: str) -> Tracker:
        """The tracker of that name."""
        return _lookup("tracker", name, self.trackers)

    def owner(self, noun: str, name: str) -> Plugin:
        """The plugin that registered a task, metric, kind or tracker."""
        return self._owners[noun, name]

    def scored_by(self, metric: str) -> dict[str, str]:
        """Tasks that a metric name means, each with the metric's own name.

        `accuracy` means every task scored by it; `tydiqa_f1` means task tydiqa and the metric of its own whose
        name is `f1`, or else the first that ends in `_f1`.
        """
        if metric in self.metrics:
            return {task.name: metric for task in self.tasks.values() if metric in task.metrics}
        composed: dict[str, tuple[str, str]] = {}
        for task in self.tasks.values():
            for short, own in _short_names(task.metrics):
                composed.setdefault(f"{task.name}_{short}", (task.name, own))
        if metric not in composed:
            raise UnknownName("metric", metric, [*self.metrics, *composed])
        task_name, own = composed[metric]
        return {task_name: own}

    def tuned_metric(self, task: Task) -> Metric | None:
        """The first of a task's metrics that reads what is tuned on validation rows; None where none does."""
        return next((metric for metric in map(self.metric, task.metrics) if metric.tuned), None)

    def _load_entry_points(self) -> None:
        for entry in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda e: e.name):
            distribution = entry.dist.name if entry.dist else "unknown distribution"
            version = entry.dist.version if entry.dist else "?"
            name = f"{distribution}/{entry.name}"
            plugin = Plugin(
                name=name, distribution=distribution, version=version, entry_point=entry.name, built_in=False
            )
            with self.guard(plugin):
                module = entry.load()
                self._register(module, plugin)

    def _scan(self, package: str) -> None:
        parent = importlib.import_module(package)
        for found in sorted(pkgutil.iter_modules(parent.__path__), key=lambda m: m.name):
            name = f"{package}.{found.name}"
            plugin = Plugin(name=name, distribution="xharness", version=__version__, entry_point=name, built_in=True)
            with self.guard(plugin):
                self._register(importlib.import_module(name), plugin)

    def _register(self, module: ModuleType, plugin: Plugin) -> None:
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

    def _collect(self, hook: str, noun: str, expected: type[Any]) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        implementations = getattr(self.manager.hook, hook).get_hookimpls()
        # Built-ins first, so that a third party cannot take a built-in name; then by name, for a stable order.
        for implementation in sorted(
            implementations, key=lambda i: (not self.plugins[i.plugin_name].built_in, i.plugin_name)
        ):
            plugin = self.plugins[implementation.plugin_name]
            with self.guard(plugin):
                implementation.function(register=self._registrar(found, noun, expected, plugin))
        return dict(sorted(found.items()))

    def _can_train(self, task: Task, tasks: Mapping[str, Task]) -> bool:
        """Whether a task can train on and after the tasks that it names; a problem with its plugin where it cannot."""
        for name in task.after:
            if name not in tasks or tasks[name].trains_on:
                error = "which nobody registers" if name not in tasks else "which has no training rows of its own"
                mend = "name tasks that train on their own rows"
                self._refuse(task, f"comes after {name!r}, {error}", mend)
                return False
        if not task.trains_on:
            return True
        other = tasks.get(task.trains_on)
        if other is None:
            error = "which nobody registers"
        elif other.trains_on:
            error = f"which itself trains on {other.trains_on}"
        elif other.kind != task.kind:
            error = f"whose kind is {other.kind}, not {task.kind}"
        elif other.labels != task.labels:
            error = f"whose labels are {', '.join(other.labels) or 'none'}, not {', '.join(task.labels) or 'none'}"
        else:
            return True
        mend = "name a task of the same kind with the same labels that trains on its own rows"
        self._refuse(task, f"trains on {task.trains_on!r}, {error}", mend)
        return False

    def _refuse(self, task: Task, error: str, mend: str) -> None:
        self.report(self.owner("task", task.name), f"task {task.name!r} {error}", mend)

    def _registrar(
        self, found: dict[str, Any], noun: str, expected: type[Any], plugin: Plugin
    ) -> Callable[[Any], None]:
        def register(thing: Any) -> None:
            if not isinstance(thing, expected):
                raise TypeError(f"registers a {type(thing).__name__} where a {expected.__name__} is expected")
            if not NAME.fullmatch(thing.name):
                raise ValueError(f"the name {thing.name!r} is not made of letters, digits, '_', '-' and '@'")
            if thing.name in found:
                other = self._owners[noun, thing.name]
                self.report(
                    plugin,
                    f"{noun} {thing.name!r} is already registered by {other.entry_point!r} of {other.distribution}",
                    f"give the {noun} another name, or uninstall one of the two",
                )
                return
            found[thing.name] = thing
            self._owners[noun, thing.name] = plugin

        return register

    def guard(self, plugin: Plugin) -> Guard:
        """A context in which whatever the plugin raises becomes a problem with its name on it."""
        return Guard(self, plugin)

    def report(self, plugin: Plugin, error: str, mend: str, trace: str = "") -> None:
        """Remember a problem with a plugin; raise it under XHARNESS_STRICT=1."""
        problem = PluginProblem(
            distribution=plugin.distribution, entry_point=plugin.entry_point, error=error, mend=mend, trace=trace
        )
        if os.environ.get("XHARNESS_STRICT") == "1":
            raise PluginFailed(str(problem), mend="unset XHARNESS_STRICT to go on without it")
        self.problems.append(problem)


class Guard:
    """Turns whatever a plugin raises into a problem with its name on it; `failed` says whether it did."""

    def __init__(self, registry: Registry, plugin: Plugin) -> None:
        self.registry = registry
        self.plugin = plugin
        self.failed = False

    def __enter__(self) -> Guard:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> bool:
        if not isinstance(error, Exception) or isinstance(error, PluginFailed):
            return False
        self.failed = True
        self.registry.report(
            self.plugin,
            f"{type(error).__name__}: {error}",
            "`xharness doctor` shows the trace; update or uninstall the plugin",
            "".join(traceback.format_exception(error)),
        )
        return True


def _lookup(noun: str, name: str, known: Mapping[str, T]) -> T:
    if name not in known:
        raise UnknownName(noun, name, known)
    return known[name]


def _short_names(metrics: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of short and full name: the metrics as they are, then what follows each "_" of them."""
    for metric in metrics:
        yield metric, metric
    for metric in metrics:
        words = metric.split("_")
        for start in range(1, len(words)):
            yield "_".join(words[start:]), metric


@functools.cache
def default_registry() -> Registry:
    """The registry of this process."""
    return Registry()
