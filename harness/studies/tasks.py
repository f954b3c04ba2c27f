"""What studies ask of tasks before anything is planned: which languages they have, whether they are trained."""

from __future__ import annotations

from collections.abc import Iterable

from harness.languages import LANGUAGES
from harness.registry import default_registry


def languages_had(task: str, codes: Iterable[str]) -> tuple[str, ...]:
    """The languages that a task has, of some; constructed ones stay, since they are those of generated rows.

    Raises:
        UnknownName: there is no such task.
    """
    known = default_registry().task(task).languages
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
