"""What a measure is: a number about stages, such as a checkpoint's embeddings of some rows, that is no task's score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UserError

if TYPE_CHECKING:
    from harness.planning.stages.base import Checkpoint, Stage
    from harness.planning.stages.rows import Rows
    from harness.registry import Registry

OTHER_TASK = "other_task"
"""Coordinate of measures alone: the intermediate task that the task is compared with."""

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Measured:
    """What a measure comes to.

    Attributes:
        value: finite.
        n: what it is a mean over, such as pairs or tokens; None if it is of no items.
    """

    value: float
    n: int | None = None


@dataclass(frozen=True, kw_only=True)
class TaskPair:
    """Two tasks that are compared on the model that a run's arms start from.

    Attributes:
        intermediate: training rows of an intermediate task.
        target: rows of a target in one language.
        among: rows of every task that is compared with these in this language, both included: each intermediate task's,
            then each target's. What all of them share may be taken off.
    """

    intermediate: Rows
    target: Rows
    among: tuple[Rows, ...]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number about a checkpoint and some rows, or about two tasks; registered like tasks and metrics.

    Attributes:
        version: raised when the definition changes; stored values of other versions are not used.
        unit: of the value, such as "cosine" or "nats".
        description: one sentence for people.
        kinds: kinds of task that it is of; empty for all.
        split: the split whose rows it is of, of two tasks the target's; "" for the rows that are scored.
        perturbed: whether it is of the rows under each condition of `--perturb`, too, and not of clean ones alone.
        of: the stages that it is made from, by what they are to it. They are made first, and stored.
        between: the same of a measure between two tasks, which has no `of`: it is computed once a run, of the model
            that arms start from, for each intermediate task of its arms with each target and language.
        compute: the value, from the directories of these stages' results by the same names. It needs no model: what
            needs one is a stage.
    """

    name: str
    version: int = 1
    unit: str
    description: str
    kinds: tuple[str, ...] = ()
    split: str = ""
    perturbed: bool = False
    of: Callable[[Checkpoint, Rows], Mapping[str, Stage]] | None = None
    between: Callable[[Checkpoint, TaskPair], Mapping[str, Stage]] | None = None
    compute: Callable[[Mapping[str, Path]], Measured]


def check_measure(measure: Measure, _measures: Mapping[str, Measure], registry: Registry) -> None:
    """Refuse a measure of rows that nothing has.

    Raises:
        UserError: its split or one of its kinds does not exist, or it is of nothing or of two things.
    """
    if (measure.of is None) is (measure.between is None):
        raise UserError(
            "has neither `of` nor `between`" if measure.of is None else "has both `of` and `between`",
            code="measure-of-what",
            fix="give `of` to measure a checkpoint, or `between` to compare two tasks",
        )
    if measure.split not in ("", *SPLITS):
        raise UserError(
            f"is of {measure.split!r} rows", code="measure-of-unknown-rows", fix=f"use one of {', '.join(SPLITS)}"
        )
    if measure.perturbed and (measure.split or measure.between):
        raise UserError(
            "is of perturbed rows and of other rows than those that are scored",
            code="measure-of-unknown-rows",
            fix="give no `split`, and no `between`: nothing but rows that are scored is perturbed",
        )
    strange = [kind for kind in measure.kinds if kind not in registry.kinds]
    if strange:
        raise UserError(
            f"is for the kinds {', '.join(strange)}, which nobody registers",
            code="measure-of-unknown-rows",
            fix=f"use some of {', '.join(registry.kinds)}",
        )
