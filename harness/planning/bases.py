"""What each arm builds on: the model that it starts from, and the hyper-parameters that it goes by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.arms import TARGET_ENGLISH, Arm, Phase
from harness.config import select_tasks
from harness.hyper import Hyper, Overrides
from harness.planning.asked import Asked, overrides_of
from harness.planning.available import is_trained
from harness.planning.data import Data
from harness.planning.models import start_model
from harness.planning.resolved import Resolved, model_parameters
from harness.planning.stages.base import Checkpoint
from harness.planning.stages.models import Given
from harness.planning.trimming import trimmed
from harness.tasks import Task


@dataclass(frozen=True)
class Basis:
    """What an arm builds on.

    Attributes:
        model: before any phase.
        hyper: shared by arms that differ in their phases alone.
    """

    arm: Arm
    model: Checkpoint
    hyper: Resolved


def bases_of(asked: Asked, data: Data, used: set[str], *, model: Given | None, trim: bool) -> tuple[Basis, ...]:
    """The basis of each arm; arms with the same settings share theirs.

    Args:
        used: takes the names of settings whose values are used.
        model: what all start from, instead of the settings' model.
        trim: keep only tokens of the settings' suite and of the run, where they ask for it.
    """
    registry = data.registry
    tasks = _built_for(asked, data)
    starts: dict[str, Checkpoint] = {}
    resolved: dict[str, Resolved] = {}
    bases = []
    for arm in asked.arms:
        overrides = overrides_of(asked.settings, arm)
        parameters = model_parameters(overrides)
        start = model or starts.get(repr(parameters))
        if start is None:
            start = start_model(asked.settings, registry, data, tasks, parameters)
        starts[repr(parameters)] = start
        key = repr(overrides)
        if key not in resolved:
            resolved[key] = Resolved(asked.settings, overrides, registry, start.shape, used)
        bases.append(Basis(arm, start, resolved[key]))
    if not (asked.settings.trim_vocab and trim):
        return tuple(bases)
    rows = list(_encoded(asked, bases, data))
    small = {start.digest: trimmed(start, data, rows) for start in starts.values()}
    return tuple(replace(basis, model=small[basis.model.digest]) for basis in bases)


def phase_overrides(arm: Arm, phase: Phase) -> Overrides | None:
    """What a phase says of itself, if anything."""
    return Overrides(phase.settings, f"arm {arm.base_label}") if phase.settings else None


def _built_for(asked: Asked, data: Data) -> tuple[str, ...]:
    """The tasks whose training rows a built model's tokenizer is made for: those of all arms and targets."""
    task = data.registry.task
    before = [name for target in asked.targets for name in target.after]
    own = [target.name for target in asked.targets if is_trained(target, data)]
    return tuple({task(name).trained_as for name in (*asked.intermediate, *before, *own)})


def _encoded(asked: Asked, bases: Sequence[Basis], data: Data) -> Iterator[tuple[Task, Hyper]]:
    """Tasks of a trimmed vocabulary with all hyper-parameters that rows of them are encoded by."""
    suite = select_tasks(data.registry, (asked.settings.trim_vocab,), all_means="xtreme")
    before = [name for target in asked.targets for name in target.after]
    phases = ("intermediate", "target") if any(basis.arm.phases for basis in bases) else ("target",)
    distinct = {id(basis.hyper): basis.hyper for basis in bases}
    for name in dict.fromkeys((*suite, *asked.intermediate, *before, *asked.names)):
        task = data.registry.task(name)
        for phase in phases:
            for hyper in distinct.values():
                yield task, hyper.of(phase, task)
    for basis in bases:
        for own in filter(lambda phase: phase.settings, basis.arm.phases):
            for name in own.tasks:
                for task in asked.targets if name == TARGET_ENGLISH else (data.registry.task(name),):
                    overrides = phase_overrides(basis.arm, own.before(task.name))
                    yield task, basis.hyper.of("intermediate", task, overrides)
