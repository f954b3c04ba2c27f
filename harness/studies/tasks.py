"""What studies ask of tasks: their kinds, which languages they have, whether they are trained."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from harness.languages import LANGUAGES
from harness.registry import default_registry
from harness.tasks import Task


def known_task(name: str) -> Task:
    """A task by its name.

    Raises:
        UnknownName: there is none.
    """
    return default_registry().task(name)


def of_kinds(tasks: Iterable[str], kinds: Collection[str]) -> tuple[str, ...]:
    """Those of some tasks that are of some kinds.

    Raises:
        UnknownName: there is no such task.
    """
    return tuple(name for name in tasks if known_task(name).kind in kinds)


def languages_had(task: str, codes: Iterable[str]) -> tuple[str, ...]:
    """The languages that a task has, of some; constructed ones stay, since they are those of generated rows.

    Raises:
        UnknownName: there is no such task.
    """
    known = known_task(task).languages
    constructed = {code for code, one in LANGUAGES.items() if one.family == "constructed"}
    return tuple(code for code in codes if code in known or code in constructed)


def is_trained(task: str) -> bool:
    """Whether a target has a phase of its own, unlike retrieval and mining.

    Raises:
        UnknownName: there is no such task.
    """
    registry = default_registry()
    known = registry.task(task)
    return bool(known.after) or type(registry.kind(known.kind)).trained
