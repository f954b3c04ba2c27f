"""What settings ask for, in names that are known: the arms to compare and the targets to score."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.arms import LABEL, TARGET_ENGLISH, Arm, Phase
from harness.armtext import check_label, parse_arm
from harness.config import Settings, select_tasks
from harness.errors import SettingsError
from harness.planning.selection import check_metrics
from harness.registry import Registry
from harness.results.references import check_against
from harness.tasks import Task


@dataclass(frozen=True)
class Asked:
    """What some settings ask for.

    Attributes:
        arms: each label once.
        intermediate: names of the tasks of all arms, without the targets' own.
        targets: tasks to score.
        names: of the targets.
    """

    settings: Settings
    arms: tuple[Arm, ...]
    intermediate: tuple[str, ...]
    targets: tuple[Task, ...]
    names: tuple[str, ...]


def asked_of(settings: Settings, registry: Registry) -> Asked:
    """The arms and targets of settings.

    Raises:
        UserError: a name is not known, or there is nothing to do.
    """
    names = select_tasks(registry, settings.target, all_means="xtreme")
    if not names:
        raise SettingsError("no target task", code="no-target", fix="name one or more: --target pawsx")
    targets = tuple(registry.task(name) for name in names)
    for target in targets:
        check_metrics(target, registry)
    arms = arms_of(settings, registry)
    check_against(settings.against, arms)
    intermediate = dict.fromkeys(name for arm in arms for name in arm.intermediate if name != TARGET_ENGLISH)
    return Asked(settings, arms, tuple(intermediate), targets, names)


def arms_of(settings: Settings, registry: Registry) -> tuple[Arm, ...]:
    """The arms of a run, the baseline first: of `intermediate` and `mode`, then those by text, each once a value.

    Raises:
        UserError: an arm cannot be read, or two have the same label.
    """
    arms: dict[str, Arm] = {}
    for arm in (*_by_mode(settings, registry), *_by_text(settings, registry)):
        if arm.label in arms and not arm.trains_like(arms[arm.label]):
            raise SettingsError(
                f"there are two arms {arm.label!r}", code="repeated-arm", fix="give one a label: late: mnli > squad"
            )
        arms[arm.label] = arm
    varied = {key: value for key, value in settings.set.items() if isinstance(value, list)}
    return tuple(one for arm in arms.values() for one in _by_value(arm, varied))


def _by_mode(settings: Settings, registry: Registry) -> Iterator[Arm]:
    """The arms of `baseline`, `intermediate` and `mode`."""
    names = select_tasks(registry, settings.intermediate, all_means="intermediate", also=(TARGET_ENGLISH,))
    if settings.baseline or not (names or settings.arms):
        yield Arm()
    written = " + ".join(settings.intermediate).replace(" + -", ",-")
    if settings.mode == "single" or len(names) == 1:
        yield from (Arm((Phase((name,)),)) for name in names)
    elif names and settings.mode == "sequential":
        yield _labelled(Arm(tuple(Phase((name,)) for name in names)), f"{written} (sequential)")
    elif names:
        yield _labelled(Arm((Phase(names),)), written)


def _labelled(arm: Arm, written: str) -> Arm:
    """An arm that is called by its text, or as it was written where that is shorter, such as by a suite."""
    return replace(arm, label=written) if len(written) < len(arm.text) else arm


def _by_text(settings: Settings, registry: Registry) -> Iterator[Arm]:
    """The arms of `arms`."""
    for label, said in settings.arms.items():
        text = said if isinstance(said, str) else said["arm"]
        own: Mapping[str, Any] = {} if isinstance(said, str) else said["set"]
        if LABEL.match(text):
            raise SettingsError(
                f"the arm {label!r} has a label in its text, too",
                code="repeated-label",
                where=f"arms.{label}",
                fix="leave one of them out",
            )
        arm = parse_arm(text, registry, where="--arm" if label == text else f"arms.{label}")
        several = next((key for key, value in own.items() if isinstance(value, list)), None)
        if several:
            raise SettingsError(
                f"{several} has several values",
                code="several-values-in-arm",
                where=f"arms.{label}",
                fix=f"say it of all arms: --set {several}=...; or write an arm for each value",
            )
        if label != text:
            check_label(label, registry, where=f"arms.{label}")
        yield replace(arm, settings=own, label=arm.label if label == text else label)


def _by_value(arm: Arm, varied: Mapping[str, Sequence[Any]]) -> Iterator[Arm]:
    """An arm once for each combination of values that the run gives to hyper-parameters."""
    for key, values in varied.items():
        if key in arm.settings:
            raise SettingsError(
                f"{key} has several values, and the arm {arm.label} sets it to {arm.settings[key]}, too",
                code="several-values-in-arm",
                where=f"arms.{arm.label}",
                fix="leave it out there, or here",
            )
        repeated = next((value for value in values if values.count(value) > 1), None)
        if repeated is not None:
            raise SettingsError(f"{key} = {repeated} stands twice", code="repeated-value", where=f"--set {key}")
    for values in itertools.product(*varied.values()):
        yield arm.with_values(dict(zip(varied, values, strict=True)))
