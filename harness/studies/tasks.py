"""What studies ask of tasks: kinds, languages, whether they are trained, and what their labels survive."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from harness.errors import SettingsError
from harness.languages import LANGUAGES
from harness.perturbtext import parse_condition
from harness.registry import default_registry
from harness.results.marks import ENGLISH
from harness.results.scores import Scores
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


def is_diagnostic(condition: str, task: str) -> bool:
    """Whether the labels of a task need not survive a condition, such as "typo:1+case:2".

    Raises:
        UnknownName: there is no such task or perturbation.
        SettingsError: it is no condition.
    """
    registry, known = default_registry(), known_task(task)
    transforms = parse_condition(condition, registry.perturbations)
    return any(registry.perturbation(one.name).is_diagnostic(known) for one in transforms)


def check_other_languages(codes: Iterable[str], where: str, *, task: str = "") -> None:
    """Refuse languages that are English alone; where there are none, all is well.

    Args:
        where: they were given, or read.
        task: that is scored in them; "" where they are of all tasks.

    Raises:
        SettingsError: they are.
    """
    if set(codes) == {ENGLISH}:
        alone = f", and {task} is scored in English alone" if task else ""
        raise SettingsError(
            f"this study asks for languages other than English{alone}",
            code="no-other-language",
            where=where,
            fix="name another task, or others of its languages"
            if task
            else "score some, by --languages or all by none",
        )


def check_abroad(languages: Mapping[str, Sequence[str]], tasks: Iterable[str], where: str) -> None:
    """Refuse tasks that are scored in English alone.

    Args:
        languages: in which each task is scored.
        where: the tasks were named.

    Raises:
        SettingsError: there is such.
    """
    for task in tasks:
        check_other_languages(languages[task], where, task=task)


def check_targets_abroad(languages: Mapping[str, Sequence[str]], options: Any) -> None:
    """Likewise of the targets of a study whose options name them."""
    check_abroad(languages, options.targets, "--targets")


def scores_abroad(scores: Scores, tasks: Iterable[str]) -> Scores:
    """The scores of tasks in languages other than English, some of each task.

    Raises:
        SettingsError: a task has scores in English alone.
    """
    for task in tasks:
        check_other_languages({row["language"] for row in scores.where({"task": task}).rows}, "the records", task=task)
    return scores.where(lambda row: row["language"] != ENGLISH)
