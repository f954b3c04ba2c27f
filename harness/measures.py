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
class Measure:
    """A number about a checkpoint and some rows; registered like tasks and metrics.

    Attributes:
        version: raised when the definition changes; stored values of other versions are not used.
        unit: of the value, such as "cosine" or "nats".
        description: one sentence for people.
        kinds: kinds of task that it is of; empty for all.
        split: the split whose rows it is of; "" for the rows that are scored.
        of: the stages that it is made from, by what they are to it. They are made first, and stored.
        compute: the value, from the directories of these stages' results by the same names. It needs no model: what
            needs one is a stage.
    """

    name: str
    version: int = 1
    unit: str
    description: str
    kinds: tuple[str, ...] = ()
    split: str = ""
    of: Callable[[Checkpoint, Rows], Mapping[str, Stage]]
    compute: Callable[[Mapping[str, Path]], Measured]


def check_measure(measure: Measure, _measures: Mapping[str, Measure], registry: Registry) -> None:
    """Refuse a measure of rows that nothing has.

    Raises:
        UserError: its split or one of its kinds does not exist.
    """
    if measure.split not in ("", *SPLITS):
        raise UserError(
            f"is of {measure.split!r} rows", code="measure-of-unknown-rows", fix=f"use one of {', '.join(SPLITS)}"
        )
    strange = [kind for kind in measure.kinds if kind not in registry.kinds]
    if strange:
        raise UserError(
            f"is for the kinds {', '.join(strange)}, which nobody registers",
            code="measure-of-unknown-rows",
            fix=f"use some of {', '.join(registry.kinds)}",
        )
