"""What plugins register, by name: what there is to run.

Built-in plugins are found by scanning a package for each noun and register with the same hooks as a third party's.
"""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any, TypeVar

from harness.errors import UnknownName, UserError, in_words
from harness.plugins import OURS, Plugin, PluginHost
from harness.registered import Registered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.catalogue.values import Model, Preset, Suite
    from harness.imaging.encoders import ImageEncoder
    from harness.kinds.base import Kind
    from harness.measures import Measure
    from harness.metrics import Metric
    from harness.perturbations import Perturbation
    from harness.planning.stages.base import StageType
    from harness.sources.base import SourceType
    from harness.studies.base import Study
    from harness.tasks import Task
    from harness.trackers import Tracker

VALUES = "harness.catalogue.values"

T = TypeVar("T")


class Registry(PluginHost):
    """Plugins and what they register. Scans a package of built-ins only when something of it is asked for.

    To let plugins register something new: a hook `register_<plural>` in `hookspecs.py` and a line here.

    Attributes:
        owners: the plugin that registered a thing, by noun and name; see `owner`.
    """

    tasks: Registered[Task] = Registered(
        "task", "harness.tasks:Task", packages=("harness_plugins.tasks",), check="harness.tasks:check_task"
    )
    metrics: Registered[Metric] = Registered("metric", "harness.metrics:Metric", packages=("harness_plugins.metrics",))
    kinds: Registered[Kind[Any]] = Registered(
        "kind", "harness.kinds.base:Kind", packages=("harness.kinds", "harness_plugins.kinds")
    )
    trackers: Registered[Tracker] = Registered(
        "tracker", "harness.trackers:Tracker", packages=("harness_plugins.trackers",)
    )
    perturbations: Registered[Perturbation] = Registered(
        "perturbation", "harness.perturbations:Perturbation", packages=("harness_plugins.perturbations",)
    )
    models: Registered[Model] = Registered(
        "model", f"{VALUES}:Model", packages=("harness.catalogue",), check=f"{VALUES}:check_model"
    )
    suites: Registered[Suite] = Registered(
        "suite", f"{VALUES}:Suite", packages=("harness.catalogue",), check=f"{VALUES}:check_suite"
    )
    presets: Registered[Preset] = Registered(
        "preset", f"{VALUES}:Preset", packages=("harness.catalogue",), check=f"{VALUES}:check_preset"
    )
    sources: Registered[SourceType] = Registered(
        "source", "harness.sources.base:SourceType", packages=("harness.sources",)
    )
    stages: Registered[StageType] = Registered(
        "stage",
        "harness.planning.stages.base:StageType",
        packages=("harness.planning.stages",),
        check="harness.planning.stages.base:check_folder",
    )
    measures: Registered[Measure] = Registered(
        "measure",
        "harness.measures:Measure",
        packages=("harness_plugins.measures",),
        check="harness.measures:check_measure",
    )
    studies: Registered[Study] = Registered(
        "study",
        "harness.studies.base:Study",
        packages=("harness_plugins.studies",),
        check="harness.studies.base:check_study",
    )
    image_encoders: Registered[ImageEncoder] = Registered(
        "image encoder", "harness.imaging.encoders:ImageEncoder", packages=("harness_plugins.image_encoders",)
    )

    def __init__(self) -> None:
        self.owners: dict[tuple[str, str], Plugin] = {}
        super().__init__()

    @classmethod
    def nouns(cls) -> Mapping[str, str]:
        """What plugins register: the attribute that has it, by what one such thing is called."""
        found = {name: value for name, value in vars(cls).items() if isinstance(value, Registered)}
        return {value.noun: name for name, value in found.items()}

    def everything(self) -> Mapping[str, Mapping[str, Any]]:
        """All that plugins register, by noun and name; every plugin is called, so that all problems are known."""
        return {noun: getattr(self, attribute) for noun, attribute in self.nouns().items()}

    @property
    def data(self) -> Mapping[str, Any]:
        """registry.yaml, whose benchmarks nothing else has."""
        from harness.catalogue.registry_yaml import content

        return content()

    def task(self, name: str) -> Task:
        """The task of that name."""
        return _lookup("task", name, self.tasks)

    def kind(self, name: str) -> Kind[Any]:
        """The kind of that name."""
        return _lookup("kind", name, self.kinds)

    def metric(self, name: str) -> Metric:
        """The metric of that name."""
        return _lookup("metric", name, self.metrics)

    def measure(self, name: str) -> Measure:
        """The measure of that name."""
        return _lookup("measure", name, self.measures)

    def study(self, name: str) -> Study:
        """The study of that name."""
        return _lookup("study", name, self.studies)

    def image_encoder(self, name: str) -> ImageEncoder:
        """The image encoder of that name, or the vision tower of a model directory or hub id."""
        if name in self.image_encoders:
            return self.image_encoders[name]
        from harness.imaging.towers import tower

        found = tower(name)
        if found is None:
            raise UnknownName("image encoder, and no directory,", name, self.image_encoders)
        return found

    def tracker(self, name: str) -> Tracker:
        """The tracker of that name."""
        return _lookup("tracker", name, self.trackers)

    def perturbation(self, name: str) -> Perturbation:
        """The perturbation of that name."""
        return _lookup("perturbation", name, self.perturbations)

    def owner(self, noun: str, name: str) -> Plugin:
        """The plugin that registered a thing, such as a task."""
        return self.owners[noun, name]

    def is_built_in(self, noun: str, name: str) -> bool:
        """Whether xharness itself registered a thing."""
        plugin = self.owners.get((noun, name))
        return plugin is not None and plugin.built_in

    @contextlib.contextmanager
    def blaming(self, noun: str, name: str) -> Iterator[None]:
        """A context in which whatever a third party's thing raises becomes an error with its plugin's name on it.

        Raises:
            UserError: it raised something. What a built-in thing raises is a defect of ours, and stays as it is.
        """
        plugin = self.owners.get((noun, name))
        try:
            yield
        except UserError:
            raise
        except BaseException as error:
            if plugin is None or plugin.built_in or isinstance(error, OURS):
                raise
            raise UserError(
                f"the {noun} {name} fails: {in_words(error)}",
                code="plugin-fails",
                where=f"plugin {plugin.entry_point!r} of {plugin.distribution}",
                fix=f"leave the {noun} out, or fix the plugin",
            ) from error

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
            raise UnknownName("metric", metric, self.metrics, also=composed)
        task_name, own = composed[metric]
        return {task_name: own}

    def tuned_metric(self, task: Task) -> Metric | None:
        """The first of a task's metrics that reads what is tuned on validation rows; None where none does."""
        return next((metric for metric in map(self.metric, task.metrics) if metric.tuned), None)


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
