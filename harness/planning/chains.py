"""Chains of training phases: what leads from a model to the checkpoint that a target is scored with."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.errors import SettingsError
from harness.hyper import Hyper, Overrides
from harness.planning.available import Target
from harness.planning.bases import Basis, phase_overrides
from harness.planning.data import Data
from harness.planning.fit import check_frozen
from harness.planning.selection import Selector
from harness.planning.stages.base import Checkpoint
from harness.planning.stages.rounded import Rounded
from harness.planning.stages.rows import Rows
from harness.planning.stages.training import Trained
from harness.planning.unused_settings import PlannedPhase
from harness.tasks import Task
from harness.training.machine import resolve as resolve_precision
from harness.training.mixing import check_weights


@dataclass(frozen=True)
class Link:
    """A phase of a chain.

    Attributes:
        phase: "intermediate" or "target".
        names: of its own tasks, as their hyper-parameters call them.
        overrides: what it says of itself.
        checkpoint: after it.
    """

    phase: str
    names: tuple[str, ...]
    overrides: Overrides | None
    checkpoint: Checkpoint


class Chains:
    """Phases of a plan.

    Args:
        rounded: whether what follows a phase starts from its checkpoint in bf16.

    Attributes:
        trained: all phases so far.
    """

    def __init__(self, data: Data, *, rounded: bool = False) -> None:
        self.trained: dict[tuple[str, tuple[str, ...]], PlannedPhase] = {}
        self._data = data
        self._registry = data.registry
        self._rounded = rounded
        self._of_arms: dict[tuple[str, int, str], tuple[Link, ...]] = {}
        self._of_targets: dict[tuple[str, int, str], tuple[Link, ...]] = {}

    def of_arm(self, basis: Basis, seed: int, target: str) -> tuple[Link, ...]:
        """The arm's phases before a target."""
        key = (basis.arm.label, seed, target if basis.arm.by_target else "")
        if key not in self._of_arms:
            self._of_arms[key] = tuple(self._arm_links(basis, seed, target))
        return self._of_arms[key]

    def of_target(self, basis: Basis, seed: int, target: Target) -> tuple[Link, ...]:
        """The phases after those of the arm: of the tasks that a target comes after, and its own where it has one."""
        key = (basis.arm.label, seed, target.task.name)
        if key not in self._of_targets:
            before = self.of_arm(basis, seed, target.task.name)
            self._of_targets[key] = tuple(self._target_links(basis, seed, target, last_of(before, basis)))
        return self._of_targets[key]

    def _arm_links(self, basis: Basis, seed: int, target: str) -> Iterator[Link]:
        checkpoint = basis.model
        before: list[str] = []
        for phase in basis.arm.phases:
            meant = phase.before(target)
            own = phase_overrides(basis.arm, meant)
            tasks = tuple(self._distinct(meant.tasks).values())
            checkpoint = self._phase("intermediate", basis, checkpoint, tasks, seed, before, own)
            yield Link("intermediate", tasks, own, checkpoint)
            before += tasks

    def _target_links(self, basis: Basis, seed: int, target: Target, start: Checkpoint) -> Iterator[Link]:
        for name in target.phases:
            start = self._phase("target", basis, start, (name,), seed)
            yield Link("target", (name,), None, start)

    def _distinct(self, names: Iterable[str]) -> dict[str, str]:
        """Tasks by what they are trained as: a target's own training task may be in the mix already."""
        distinct: dict[str, str] = {}
        for name in names:
            distinct.setdefault(self._registry.task(name).trained_as, name)
        return distinct

    def _phase(
        self,
        name: str,
        basis: Basis,
        start: Checkpoint,
        tasks: Sequence[str],
        seed: int,
        before: Sequence[str] = (),
        overrides: Overrides | None = None,
    ) -> Checkpoint:
        """A phase on tasks mixed, or on one that may replay those before it.

        Args:
            before: tasks of the phases that led to `start`.
            overrides: what the phase says of itself.
        """
        own = [self._registry.task(task) for task in tasks]
        hyper_of = functools.partial(basis.hyper.of, own=overrides)
        hyper = hyper_of(name, own[0] if len(own) == 1 else None)
        replayed = self._replayed(own, before) if hyper.replay else ()
        check_frozen(name, hyper, basis.model.shape)
        everything = [*own, *map(self._registry.task, replayed)]
        rows = tuple(training_rows(task, hyper_of(name, task), self._data) for task in everything)
        stage = Trained(
            phase=name,
            start=start,
            tasks=rows,
            development=Selector(self._registry, self._data, hyper_of).development(name, own, hyper),
            hyper=hyper,
            precision=resolve_precision(hyper.precision, basis.model.shape.hidden_size),
            seed=hyper.use("seed", *hyper.values("execution")).seed or seed,
            replayed=tuple(data.task for data in rows[len(own) :]),
        )
        check_weights({data.task: data.hyper.weight for data in stage.mixed})
        _check_heads(stage)
        _check_labels(stage)
        names = tuple(task.name for task in everything)
        self.trained[stage.digest, names] = PlannedPhase(stage, names)
        return Rounded(stage) if self._rounded else stage

    def _replayed(self, own: Sequence[Task], before: Sequence[str]) -> tuple[str, ...]:
        """Tasks of the phases before, each once, by the names that their hyper-parameters go by."""
        names = {self._registry.task(name).trained_as: name for name in before}
        if len(own) > 1 and names:
            raise SettingsError(
                f"the phase on {', '.join(task.name for task in own)} cannot replay {', '.join(names.values())}",
                code="mix-cannot-replay",
                fix="replay in phases on one task alone: mnli + qqp > squad{replay=0.2}",
            )
        return tuple(name for trained_as, name in names.items() if trained_as != own[0].trained_as)


def training_rows(task: Task, hyper: Hyper, data: Data) -> Rows:
    """A task's training rows, or those of the task that it trains on, by the task's own hyper-parameters."""
    hyper.use("examples", "random_labels")
    split = data.training(task.name, hyper.examples, random_labels=hyper.random_labels)
    return data.rows(data.registry.task(task.trained_as), split, hyper)


def last_of(links: Sequence[Link], basis: Basis) -> Checkpoint:
    """The checkpoint after the last of some phases; the model where there is none."""
    return links[-1].checkpoint if links else basis.model


def _check_heads(stage: Trained) -> None:
    """Refuse to replay a task whose head a phase in between has left out."""
    left = stage.start.phases[-1].names if stage.start.phases else ()
    missing = [task for task in stage.replayed if task not in left]
    if missing:
        raise SettingsError(
            f"the phase on {stage.names[0]} cannot replay {', '.join(missing)}: "
            f"the phase before it, on {', '.join(left)}, has left the head out",
            code="cannot-replay",
            fix="set replay for all phases: intermediate.replay=...",
        )


def _check_labels(stage: Trained) -> None:
    """Refuse to replay a task with other labels than it was trained on before."""
    before = {(one.task, one.hyper.random_labels) for phase in stage.start.phases for one in phase.tasks}
    for one in stage.tasks:
        if one.task in stage.replayed and (one.task, one.hyper.random_labels) not in before:
            raise SettingsError(
                f"the phase on {stage.names[0]} would replay {one.task} with other labels than it had",
                code="replayed-with-other-labels",
                fix="give all phases the same labels: intermediate.random_labels=true, or none; or leave replay out",
            )
