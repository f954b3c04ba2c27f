"""Which intermediate tasks a plan compares with which targets, on the models that its arms start from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.arms import TARGET_ENGLISH
from harness.measures import Measure, TaskPair
from harness.planning.bases import Basis, phase_overrides
from harness.planning.chains import training_rows
from harness.planning.data import Data
from harness.planning.stages.base import Checkpoint
from harness.planning.stages.rows import Rows
from harness.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Start:
    """A model that arms start from, and what they train on first.

    Attributes:
        arm: label of the first of these arms.
        seed: the run's first.
        rows: training rows of each of their intermediate tasks, by the first arm that has it.
    """

    model: Checkpoint
    arm: str
    seed: int
    rows: tuple[Rows, ...]

    @property
    def at(self) -> Mapping[str, str | int]:
        """The coordinates of what is measured of the model, without rows."""
        return {"arm": self.arm, "seed": self.seed}


def starts_of(bases: Sequence[Basis], seed: int, data: Data) -> tuple[Start, ...]:
    """Each model that arms start from, once. Reads the training rows of all intermediate tasks.

    Raises:
        DataError: rows are missing.
    """
    by_model: dict[str, list[Basis]] = {}
    for basis in bases:
        by_model.setdefault(basis.model.digest, []).append(basis)
    return tuple(
        Start(model=several[0].model, arm=several[0].arm.label, seed=seed, rows=tuple(_intermediate(several, data)))
        for several in by_model.values()
    )


def pairs(measure: Measure, start: Start, targets: Sequence[Rows], registry: Registry) -> Iterator[TaskPair]:
    """Each intermediate task with each target and language, as far as the measure is of their kinds.

    Args:
        targets: rows of each target in each language.
    """

    def fits(rows: Rows) -> bool:
        return not measure.kinds or registry.task(rows.task).kind in measure.kinds

    sources = tuple(filter(fits, start.rows))
    for target in filter(fits, targets):
        alike = tuple(rows for rows in targets if rows.language == target.language and fits(rows))
        for source in sources:
            yield TaskPair(intermediate=source, target=target, among=(*sources, *alike))


def _intermediate(bases: Sequence[Basis], data: Data) -> Iterator[Rows]:
    seen: set[str] = set()
    for basis in bases:
        for phase in basis.arm.phases:
            for name in phase.tasks:
                if name == TARGET_ENGLISH:
                    continue
                task = data.registry.task(name)
                if task.trained_as not in seen:
                    seen.add(task.trained_as)
                    hyper = basis.hyper.of("intermediate", task, phase_overrides(basis.arm, phase))
                    yield training_rows(task, hyper, data)
