"""Which development rows and which metric select a phase's checkpoint: the task's own policy, or what settings say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.errors import SettingsError
from harness.hyper import Hyper
from harness.metrics import Metric
from harness.planning.data import Data
from harness.planning.stages.training import Development
from harness.registry import Registry
from harness.tasks import Task


def check_metrics(task: Task, registry: Registry) -> None:
    """Refuse metrics of a task that are not registered, or not for its kind."""
    for metric in map(registry.metric, task.metrics):
        if task.kind not in metric.kinds:
            raise SettingsError(
                f"metric {metric.name} cannot score task {task.name}",
                code="metric-does-not-fit-task",
                where=f"it is for {', '.join(metric.kinds)}; the task is of kind {task.kind}",
            )


class Selector:
    """Finds the development rows of phases.

    Args:
        hyper_of: a task's own hyper-parameters in the phase.
    """

    def __init__(self, registry: Registry, data: Data, hyper_of: Callable[[str, Task], Hyper]) -> None:
        self._registry = registry
        self._data = data
        self._hyper_of = hyper_of

    def development(self, phase: str, tasks: Sequence[Task], hyper: Hyper) -> Development | None:
        """Rows and metric that select a phase's checkpoint; None where the last one is kept.

        Args:
            phase: "intermediate", which keeps the last unless settings say otherwise, or "target".
            tasks: the phase's, by the names that their hyper-parameters go by; the first one alone, where it replays
                the others.
            hyper: the phase's own.

        Raises:
            SettingsError: the settings name rows or a metric that this phase cannot be selected by.
        """
        hyper.use("select_on", "select_metric")
        if hyper.select_on or hyper.select_metric:
            return self._asked(phase, tasks, hyper)
        (task, *others) = tasks
        if phase == "intermediate" or others or task.selection.keep == "last":
            return None
        return self._on(self._trained(task), hyper, self._default_metric(task), ())

    def _asked(self, phase: str, tasks: Sequence[Task], hyper: Hyper) -> Development:
        """By `select_on` and `select_metric`."""
        name, colon, languages = hyper.select_on.rpartition(":")
        wanted = tuple(dict.fromkeys(filter(None, languages.split("+"))))
        if hyper.select_on and not wanted:
            raise SettingsError(
                f"select_on = {hyper.select_on!r} names no language",
                code="select-on-no-language",
                fix="write languages (en, de+es) or TASK:LANGUAGES (mnli:en)",
            )
        if len(tasks) > 1 and not colon:
            mixed = ", ".join(task.name for task in tasks)
            raise SettingsError(
                f"the phase on {mixed} has no task of its own to select its checkpoint by",
                code="select-on-no-task",
                fix=f"name one of them and its languages, such as {phase}.select_on={tasks[0].name}:en, "
                "or a phase of one task, such as target.select_on",
            )
        task = self._registry.task(name) if colon else tasks[0]
        heads = [task.trained_as for task in tasks]
        if task.trained_as not in heads:
            usable = [one.name for one in self._registry.tasks.values() if one.trained_as in heads]
            raise SettingsError(
                f"select_on = {hyper.select_on!r}: a phase on {', '.join(heads)} trains no head for {task.name}",
                code="select-on-untrained-task",
                fix=f"select on rows of {' or '.join(usable)}",
            )
        metric = self._registry.metric(hyper.select_metric) if hyper.select_metric else self._default_metric(task)
        if task.kind not in metric.kinds:
            usable = [one.name for one in self._registry.metrics.values() if task.kind in one.kinds]
            raise SettingsError(
                f"select_metric = {metric.name} cannot score {task.name}, which is of kind {task.kind}",
                code="metric-does-not-fit-task",
                fix=f"use one of {', '.join(usable)}, or say it of one task: tasks.{task.name}.select_metric",
            )
        own = self._hyper_of(phase, task) if colon else hyper
        return self._on(task if wanted else self._trained(task), own, metric, wanted)

    def _on(self, task: Task, hyper: Hyper, metric: Metric, languages: Sequence[str]) -> Development:
        """Validation rows of a task in some languages, or else in the one it is trained in."""
        found = self._data.source.languages(task, "validation")
        missing = [language for language in languages if language not in found]
        if missing:
            raise SettingsError(
                f"a checkpoint of {task.name} cannot be selected on {', '.join(missing)}: no validation rows",
                code="no-validation-rows",
                where="select_on",
                fix=f"it has them in {', '.join(found)}" if found else "the data have none of that task at all",
            )
        splits = [self._data.split(task.name, "validation", code) for code in languages or task.languages[:1]]
        return Development(
            rows=tuple(self._data.rows(task, split, hyper) for split in splits),
            metric=metric.name,
            metric_version=max(self._data.metric_version(metric, split) for split in splits),
        )

    def _trained(self, task: Task) -> Task:
        return self._registry.task(task.trained_as)

    def _default_metric(self, task: Task) -> Metric:
        return self._registry.metric(task.selection.metric or task.metrics[0])
