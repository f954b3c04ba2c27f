"""Hyper-parameters that would have no effect, or none that is defined, are refused instead of ignored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.config import Settings
from harness.errors import SettingsError
from harness.hyper import Hyper
from harness.planning.stages import TaskData
from harness.registry import Registry


def refuse_ignored(
    settings: Settings,
    registry: Registry,
    trained: Iterable[tuple[str, str]],
    intermediate: Sequence[str],
    targets: Sequence[str],
) -> None:
    """What a whole plan shows to have no effect.

    Args:
        trained: (phase, task) of all that is trained.
    """
    refuse_examples_of_no_phase(settings, registry, trained)
    refuse_weights_without_mixing(settings, intermediate)
    refuse_decoding_of_no_target(settings, registry, targets)


def refuse_settings_of_one_task(
    settings: Settings, registry: Registry, tasks: Sequence[str], targets: Sequence[str]
) -> None:
    """A multi-task phase has one learning rate and one number of steps; a task's or kind's own change nothing."""
    shared = Hyper().values("training", "mixing")
    for key in settings.set:
        scope, _, name = key.rpartition(".")
        meant = _in_scope(registry, scope, tasks)
        if name in shared and meant and not _in_scope(registry, scope, targets):
            raise SettingsError(
                f"{key} has no effect: {', '.join(meant)} is trained together with other tasks",
                mend=f"set intermediate.{name} for all of them, or use --mode single or sequential",
            )


def refuse_examples_of_no_phase(settings: Settings, registry: Registry, trained: Iterable[tuple[str, str]]) -> None:
    """`examples` holds for training rows; where its scope trains nothing, it would be ignored.

    Args:
        trained: (phase, task) of all that is trained.
    """
    trained = tuple(trained)
    for key in settings.set:
        scope, _, name = key.rpartition(".")
        reached = (phase for phase, task in trained if scope in ("", phase) or _in_scope(registry, scope, [task]))
        if name == "examples" and not any(reached):
            usable = dict.fromkeys(f"tasks.{task}.examples" for _, task in trained)
            raise SettingsError(
                f"{key} has no effect: nothing is trained that it speaks of",
                mend=f"set {' or '.join(usable)}" if usable else "leave it out; this run trains nothing",
            )


def refuse_weights_without_mixing(settings: Settings, intermediate: Sequence[str]) -> None:
    """A weight is a share of a phase of several tasks."""
    given = [key for key in settings.set if key.rpartition(".")[2] == "weight"]
    if given and not (settings.mode == "multitask" and len(intermediate) > 1):
        raise SettingsError(
            f"{given[0]} has no effect: no phase mixes several tasks",
            mend="leave it out, or train several intermediate tasks with --mode multitask",
        )


def refuse_decoding_of_no_target(settings: Settings, registry: Registry, targets: Sequence[str]) -> None:
    """How predictions are made is a question of kinds; where no target of its scope has such a kind, it is ignored."""
    decoding = Hyper().values("decoding")
    for key in settings.set:
        scope, _, name = key.rpartition(".")
        if name not in decoding:
            continue
        reached = targets if scope in ("", "target") else _in_scope(registry, scope, targets)
        readers = [kind.name for kind in registry.kinds.values() if name in kind.decode_with]
        if not any(registry.task(task).kind in readers for task in reached):
            raise SettingsError(
                f"{key} has no effect: it speaks of no target that is predicted with it",
                mend=f"leave it out; {name} is for targets of kind {', '.join(readers)}",
            )


def refuse_missing_weights(tasks: Sequence[TaskData]) -> None:
    """Tasks are mixed by their weights or by their rows; what a mixture of both should be is not defined."""
    missing = [data.task for data in tasks if not data.hyper.weight]
    if 0 < len(missing) < len(tasks):
        weighted = [data.task for data in tasks if data.hyper.weight]
        raise SettingsError(
            f"no weight for {', '.join(missing)}, which {', '.join(weighted)} would be mixed with by weight",
            mend=f"give all of them one, such as --set intermediate.weight=1 --set tasks.{weighted[0]}.weight=2",
        )


def _in_scope(registry: Registry, scope: str, tasks: Sequence[str]) -> list[str]:
    return [task for task in tasks if scope in (f"tasks.{task}", f"kinds.{registry.task(task).kind}")]
