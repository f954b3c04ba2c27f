"""What each arm builds on: the model that it starts from, and the hyper-parameters that it goes by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.arms import TARGET_ENGLISH, Arm, Phase
from harness.config import Settings, select_tasks
from harness.errors import NothingToShow
from harness.hyper import Hyper, Overrides
from harness.planning.asked import Asked
from harness.planning.available import Target
from harness.planning.data import Data
from harness.planning.models import start_model
from harness.planning.plan import Unused
from harness.planning.resolved import Resolved, model_parameters
from harness.planning.stages.base import Checkpoint, Stage
from harness.planning.trimming import trimmed
from harness.tasks import Task


@dataclass(frozen=True)
class Basis:
    """What an arm builds on.

    Attributes:
        model: before any phase.
        hyper: shared by arms that differ in their phases alone.
        overrides: what beats the preset's hyper-parameters: the run's own, then the arm's.
    """

    arm: Arm
    model: Checkpoint
    hyper: Resolved
    overrides: tuple[Overrides, ...]

    @property
    def said(self) -> Iterator[Unused]:
        """All hyper-parameters that the run, the arm and its phases set."""
        for overrides in (*self.overrides, *filter(None, (phase_overrides(self.arm, one) for one in self.arm.phases))):
            for key in overrides.values:
                yield Unused(key, overrides.owner)


def bases_of(
    asked: Asked, targets: Sequence[Target], data: Data, used: set[str], *, models: Mapping[str, Checkpoint]
) -> tuple[Basis, ...]:
    """The basis of each arm; arms with the same settings share theirs.

    Args:
        used: takes the names of settings whose values are used.
        models: what an arm starts from, by its label, with or without values that are new in these settings, instead
            of the settings' model; "" is any arm. Another arm with the same parameters of the model starts from the
            same one.
    """
    registry = data.registry
    tasks = _built_for(asked, targets, data)
    overrides_of = {arm.label: _overrides(asked.settings, arm) for arm in asked.arms}
    parameters_of = {label: model_parameters(overrides) for label, overrides in overrides_of.items()}
    starts: dict[str, Checkpoint] = {}
    for arm in asked.arms:
        if found := _start_of(arm, models):
            starts[repr(parameters_of[arm.label])] = found
    for label, parameters in parameters_of.items():
        if repr(parameters) not in starts and models:
            raise NothingToShow(
                f"the run has not come to the arm {label}, and what it starts from is not known yet",
                code="arm-not-begun",
                fix="resume the run first: `xharness train --resume RUN`",
            )
        if repr(parameters) not in starts:
            starts[repr(parameters)] = start_model(asked.settings, registry, data, tasks, parameters)
    resolved: dict[str, Resolved] = {}
    bases = []
    for arm in asked.arms:
        overrides, start = overrides_of[arm.label], starts[repr(parameters_of[arm.label])]
        key = repr(overrides)
        if key not in resolved:
            resolved[key] = Resolved(asked.settings, overrides, registry, start.shape, used)
        bases.append(Basis(arm, start, resolved[key], overrides))
    return tuple(bases)


def trimmed_bases(asked: Asked, bases: Sequence[Basis], data: Data, stages: Iterable[Stage]) -> tuple[Basis, ...]:
    """The bases with models that have only the tokens of the settings' suite and of the run.

    Args:
        stages: all of the run, as planned with the whole models.

    Raises:
        UserError: a model cannot be trimmed, or some rows cannot be read.
    """
    tasks = list(_encoded(asked, bases, data))
    read = [rows for stage in stages for rows in stage.encodes]
    whole = {basis.model.digest: basis.model for basis in bases}
    small = {digest: trimmed(model, data, tasks, read) for digest, model in whole.items()}
    return tuple(replace(basis, model=small[basis.model.digest]) for basis in bases)


def phase_overrides(arm: Arm, phase: Phase) -> Overrides | None:
    """What a phase says of itself, if anything."""
    return Overrides(phase.settings, f"arm {arm.base_label}") if phase.settings else None


def _start_of(arm: Arm, models: Mapping[str, Checkpoint]) -> Checkpoint | None:
    """What an arm starts from, by what its run calls it: an evaluation may add values, and labels were texts once."""
    return next((models[label] for label in (*arm.earlier_labels, "") if label in models), None)


def _overrides(settings: Settings, arm: Arm) -> tuple[Overrides, ...]:
    run = Overrides({**settings.set, **arm.varied})
    return (run, Overrides(arm.settings, f"arm {arm.base_label}")) if arm.settings else (run,)


def _built_for(asked: Asked, targets: Sequence[Target], data: Data) -> tuple[str, ...]:
    """The tasks whose training rows a built model's tokenizer is made for: those of all arms and targets."""
    names = (*asked.intermediate, *(name for target in targets for name in target.phases))
    return tuple({data.registry.task(name).trained_as for name in names})


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
