"""Hyper-parameters that would have no effect, or none that is defined, are refused instead of ignored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.config import Settings
from harness.errors import SettingsError
from harness.hyper import Hyper
from harness.planning.stages import TaskData, TrainStage
from harness.registry import Registry
from harness.training.mixing import READING_CAP


@dataclass(frozen=True)
class Trained:
    """A phase of a plan.

    Attributes:
        names: of its tasks, as their hyper-parameters call them: a target that trains on another task's rows goes by
            its own name.
    """

    stage: TrainStage
    names: tuple[str, ...]

    def reads(self, registry: Registry, scope: str) -> bool:
        """Whether hyper-parameters of a scope are the phase's own; of several tasks mixed there is no own scope."""
        alone = self.names[:1] if len(self.names) == 1 or self.stage.replayed else ()
        return scope in ("", self.stage.phase) or bool(_in_scope(registry, scope, alone))


def refuse_ignored(settings: Settings, registry: Registry, trained: Sequence[Trained], targets: Sequence[str]) -> None:
    """What a whole plan shows to have no effect.

    Args:
        trained: all phases.
    """
    refuse_examples_of_no_phase(settings, registry, trained)
    refuse_settings_of_no_phase(settings, registry, trained)
    refuse_mixing_of_no_phase(settings, registry, trained)
    refuse_replay_of_nothing(settings, registry, trained)
    refuse_encoding_of_no_task(settings, registry, trained, targets)
    refuse_decoding_of_no_target(settings, registry, targets)


def refuse_settings_of_one_task(
    settings: Settings, registry: Registry, tasks: Sequence[str], targets: Sequence[str]
) -> None:
    """A multi-task phase has one learning rate and one number of steps; a task's or kind's own change nothing."""
    shared = Hyper().values("training", "mixing", "seed", "development")
    for key in settings.set:
        scope, _, name = key.rpartition(".")
        meant = _in_scope(registry, scope, tasks)
        if name in shared and meant and not _in_scope(registry, scope, targets):
            raise SettingsError(
                f"{key} has no effect: {', '.join(meant)} is trained together with other tasks",
                code="setting-without-effect",
                mend=f"set intermediate.{name} for all of them, or use --mode single or sequential",
            )


def refuse_examples_of_no_phase(settings: Settings, registry: Registry, trained: Sequence[Trained]) -> None:
    """`examples` holds for training rows; where its scope trains nothing, it would be ignored."""
    for key in settings.set:
        scope, _, name = key.rpartition(".")
        reached = (scope in ("", phase.stage.phase) or _in_scope(registry, scope, phase.names) for phase in trained)
        if name == "examples" and not any(reached):
            raise _nothing_trained(key, (task for phase in trained for task in phase.names))


def refuse_seeds_of_no_phase(settings: Settings, trained: Iterable[Trained]) -> None:
    """Where every phase has a seed of its own, several seeds would repeat one result, with no spread at all."""
    phases = tuple(trained)
    if len(settings.seeds) > 1 and phases and all(phase.stage.hyper.seed for phase in phases):
        own = [key for key in settings.set if key.rpartition(".")[2] == "seed"]
        raise SettingsError(
            f"seeds = {', '.join(map(str, settings.seeds))} have no effect: {', '.join(own)} holds for every phase",
            code="setting-without-effect",
            mend="give one seed, or leave one of the phases to the run's: --set intermediate.seed=1",
        )


PHASE_OWN = (
    "freeze_embeddings",
    "freeze_layers",
    "gradient_checkpointing",
    "seed",
    "select_metric",
    "select_on",
    "snapshots",
)
"""Hyper-parameters of every phase that speak of nothing else."""
TRAINING = (*Hyper().values("training", "selection"), *PHASE_OWN)


def refuse_settings_of_no_phase(settings: Settings, registry: Registry, trained: Sequence[Trained]) -> None:
    """What holds for phases is ignored where its scope trains nothing.

    A file of settings may say of everything, or of either phase, what training needs, whether a run trains or not: only
    what is said of a task or a kind has to reach something, and what phases alone have, such as a seed.
    """
    for key in settings.set:
        scope, _, name = key.rpartition(".")
        if scope == "model":
            continue
        names = PHASE_OWN if scope in ("", "intermediate", "target") else TRAINING
        reached = [phase for phase in trained if phase.reads(registry, scope)]
        if name in names and not reached:
            raise _nothing_trained(key, (phase.names[0] for phase in trained if len(phase.names) == 1))
        if name in Hyper().values("selection") and reached and not any(p.stage.development for p in reached):
            raise SettingsError(
                f"{key} has no effect: every phase that it speaks of keeps its last checkpoint",
                code="setting-without-effect",
                mend="leave it out, or say what the best one is: --set select_on=en",
            )


def refuse_encoding_of_no_task(
    settings: Settings, registry: Registry, trained: Sequence[Trained], targets: Sequence[str]
) -> None:
    """How rows are encoded is a question of kinds; where no task of its scope is encoded with it, it is ignored."""
    encoding = {name for kind in registry.kinds.values() for name in kind.encode_with}
    everything = sorted({*targets, *(task for phase in trained for task in phase.names)})
    for key in settings.set:
        scope, _, name = key.rpartition(".")
        if name not in encoding:
            continue
        reached = everything if scope in ("", "intermediate", "target") else _in_scope(registry, scope, everything)
        readers = [kind.name for kind in registry.kinds.values() if name in kind.encode_with]
        if not any(registry.task(task).kind in readers for task in reached):
            raise SettingsError(
                f"{key} has no effect: it speaks of no task of this run that is encoded with it",
                code="setting-without-effect",
                mend=f"leave it out; {name} is for tasks of kind {', '.join(readers)}, by the names of this run: "
                f"{', '.join(everything)}",
            )


def _nothing_trained(key: str, trained: Iterable[str]) -> SettingsError:
    usable = dict.fromkeys(f"tasks.{task}.{key.rpartition('.')[2]}" for task in trained)
    return SettingsError(
        f"{key} has no effect: nothing is trained that it speaks of",
        code="setting-without-effect",
        mend=f"set {' or '.join(usable)}" if usable else "leave it out; this run trains nothing",
    )


def refuse_mixing_of_no_phase(settings: Settings, registry: Registry, trained: Sequence[Trained]) -> None:
    """How tasks are mixed is a question of phases of several, and each way reads its own hyper-parameters."""
    mixing = [phase for phase in trained if phase.stage.mixes]
    for key in settings.set:
        scope, _, name = key.rpartition(".")
        if name == "weight" and not any(
            scope in ("", phase.stage.phase) or _in_scope(registry, scope, phase.names) for phase in mixing
        ):
            raise _not_mixed(key)
        if name not in ("mixing", "cap", "temperature"):
            continue
        reached = [phase.stage for phase in mixing if phase.reads(registry, scope)]
        if not reached:
            raise _not_mixed(key)
        if not any(_is_read(name, stage) for stage in reached):
            raise _other_mixing(key, reached[0])


def refuse_replay_of_nothing(settings: Settings, registry: Registry, trained: Sequence[Trained]) -> None:
    """Replay is for later phases of a sequence."""
    replaying = [phase for phase in trained if phase.stage.replayed]
    for key in settings.set:
        scope, _, name = key.rpartition(".")
        if name == "replay" and not any(phase.reads(registry, scope) for phase in replaying):
            raise SettingsError(
                f"{key} has no effect: no phase that it speaks of comes after phases on other tasks",
                code="setting-without-effect",
                mend="leave it out, or train several intermediate tasks with --mode sequential",
            )


def _is_read(name: str, stage: TrainStage) -> bool:
    """Whether a phase of several tasks goes by a hyper-parameter of mixing."""
    hyper, weighted = stage.hyper, bool(stage.task_weights)
    if name == "cap":
        # By epochs, rows up to the cap say how many steps there are, whatever shares the tasks have of them.
        counts_steps = not hyper.steps and not stage.replayed
        return hyper.mixing in READING_CAP and (counts_steps or not weighted)
    return not weighted and (name == "mixing" or hyper.mixing == name)


def _not_mixed(key: str) -> SettingsError:
    return SettingsError(
        f"{key} has no effect: no phase that it speaks of mixes several tasks",
        code="setting-without-effect",
        mend="leave it out, or train several intermediate tasks with --mode multitask",
    )


def _other_mixing(key: str, stage: TrainStage) -> SettingsError:
    name = key.rpartition(".")[2]
    if stage.task_weights:
        return SettingsError(
            f"{key} has no effect: {', '.join(stage.names)} are mixed by their weights",
            code="setting-without-effect",
            mend=f"leave out {name} or the weights",
        )
    rules = READING_CAP if name == "cap" else (name,)
    return SettingsError(
        f"{key} has no effect: the tasks are mixed with mixing = {stage.hyper.mixing}, which does not read it",
        code="setting-without-effect",
        mend=f"leave it out, or set intermediate.mixing={' or '.join(rules)}",
    )


def refuse_decoding_of_no_target(settings: Settings, registry: Registry, targets: Sequence[str]) -> None:
    """How predictions are made is a question of kinds; where no target of its scope has such a kind, it is ignored."""
    decoding = {name for kind in registry.kinds.values() for name in kind.decode_with}
    for key in settings.set:
        scope, _, name = key.rpartition(".")
        if name not in decoding:
            continue
        reached = targets if scope in ("", "target") else _in_scope(registry, scope, targets)
        readers = [kind.name for kind in registry.kinds.values() if name in kind.decode_with]
        if not any(registry.task(task).kind in readers for task in reached):
            raise SettingsError(
                f"{key} has no effect: it speaks of no target that is predicted with it",
                code="setting-without-effect",
                mend=f"leave it out; {name} is for targets of kind {', '.join(readers)}",
            )


def refuse_missing_weights(tasks: Sequence[TaskData]) -> None:
    """Tasks are mixed by their weights or by their rows; what a mixture of both should be is not defined."""
    missing = [data.task for data in tasks if not data.hyper.weight]
    if 0 < len(missing) < len(tasks):
        weighted = [data.task for data in tasks if data.hyper.weight]
        raise SettingsError(
            f"no weight for {', '.join(missing)}, which {', '.join(weighted)} would be mixed with by weight",
            code="weight-missing",
            mend=f"give all of them one, such as --set intermediate.weight=1 --set tasks.{weighted[0]}.weight=2",
        )


def _in_scope(registry: Registry, scope: str, tasks: Sequence[str]) -> list[str]:
    return [task for task in tasks if scope in (f"tasks.{task}", f"kinds.{registry.task(task).kind}")]
