"""Whether the rows are there that settings ask for: all of them are read before a model is looked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from harness.arms import TARGET_ENGLISH
from harness.errors import DataError, SettingsError, UnknownName
from harness.planning.asked import Asked
from harness.planning.data import Data
from harness.tasks import Task


@dataclass(frozen=True)
class Target:
    """A target, and where it is scored.

    Attributes:
        trained: whether it has a phase of its own.
        phases: the tasks that it is trained on after an arm's phases: those that it comes after, and itself.
        languages: those that were asked for and that the split has.
    """

    task: Task
    trained: bool
    phases: tuple[str, ...]
    split: str
    languages: tuple[str, ...]


def check_training(asked: Asked, data: Data) -> None:
    """Refuse a run of which some training rows are missing, naming all of them at once."""
    registry = data.registry
    untrainable = [name for name in asked.intermediate if not _has_loss(name, data)]
    if untrainable:
        raise SettingsError(
            f"{', '.join(untrainable)} cannot be an intermediate task: it has no training rows",
            code="no-training-rows",
            fix=_leave_out(untrainable, asked),
        )
    borrowing = [name for name in asked.intermediate if registry.task(name).trains_on]
    if borrowing:
        told = "" if asked.settings.arms else "--intermediate "
        named = told + ",".join(dict.fromkeys(registry.task(name).trains_on or name for name in asked.intermediate))
        raise SettingsError(
            f"{', '.join(borrowing)} cannot be an intermediate task: it has no training rows of its own",
            code="no-training-rows",
            fix="name the tasks whose rows it uses as a target"
            + ("" if asked.settings.arms else f": --intermediate {named}"),
        )
    missing: dict[str, DataError] = {}
    for name in asked.intermediate:
        try:
            data.training(name)
        except DataError as error:
            missing[name] = error
    if missing:
        reasons = "\n         ".join(f"{task}: {e.what}; {e.where or ''}" for task, e in missing.items())
        raise DataError(
            f"no usable training rows of the intermediate tasks {', '.join(missing)}",
            code="no-training-rows",
            where=reasons,
            fix=f"fix the data, or {_leave_out(missing, asked)}",
        )


def check_targets_trained(asked: Asked, targets: Sequence[Target]) -> None:
    """Refuse arms with the target's own training task where no target has one."""
    if any(arm.by_target for arm in asked.arms) and not any(target.trained for target in targets):
        raise SettingsError(
            f"{TARGET_ENGLISH} is the target's own training task, and {', '.join(asked.names)} has none",
            code="target-without-training",
            fix="leave it out, or add a target that is trained, such as pawsx",
        )


def targets_of(asked: Asked, data: Data) -> tuple[Target, ...]:
    """Where each target is scored; all rows of it are read."""
    found = tuple(_target(task, asked, data) for task in asked.targets)
    for target in found:
        for language in target.languages:
            data.split(target.task.name, target.split, language)
            if data.registry.tuned_metric(target.task):
                data.split(target.task.name, "validation", language)
    return found


def scored_split(task: Task, data: Data) -> tuple[str, tuple[str, ...]]:
    """The split that a task is scored on, with the languages that have it; none where the data have no rows for it."""
    for split in ("test", "validation"):
        if available := data.source.languages(task, split):
            return split, tuple(available)
    return "", ()


def _has_loss(name: str, data: Data) -> bool:
    kind = type(data.registry.kind(data.registry.task(name).kind))
    return kind.trained or kind.pretrained


def _leave_out(tasks: Collection[str], asked: Asked) -> str:
    settings = asked.settings
    arms = [arm.label for arm in asked.arms if set(tasks) & set(arm.intermediate)]
    if settings.arms:
        return f"leave out the arms with them: {', '.join(arms)}"
    if set(asked.intermediate) <= set(tasks):
        return "leave out --intermediate"
    names = [*settings.intermediate, *(f"-{task}" for task in tasks)]
    return f"leave them out by name: --intermediate {','.join(names)}"


def _target(task: Task, asked: Asked, data: Data) -> Target:
    """A target with the split that it is scored on, and the languages asked for that have it."""
    wanted = asked.settings.languages
    split, available = scored_split(task, data)
    if not available:
        data.source.load(task, "test", task.languages[0])
        raise AssertionError("a source without a split must refuse to load it")
    known = {code for target in asked.targets for code in _known_languages(target, data)}
    for language in wanted:
        if language not in known:
            raise UnknownName("language", language, known, where=f"languages, for {', '.join(asked.names)}")
    scored = tuple(language for language in available if not wanted or language in wanted)
    if not scored:
        raise SettingsError(
            f"{task.name} has none of the languages {', '.join(wanted)}",
            code="task-without-language",
            where=f"its {split} rows are in {', '.join(available)}",
            fix="leave the task out, or name one of its languages too",
        )
    trained = type(data.registry.kind(task.kind)).trained
    phases = (*task.after, task.name) if trained else task.after
    return Target(task, trained, phases, split, scored)


def _known_languages(task: Task, data: Data) -> set[str]:
    source = data.source
    return {*task.languages, *source.languages(task, "test"), *source.languages(task, "validation")}
