"""Arms: the ways to treat the encoder before its targets that a run compares.

An arm has a text, such as `mnli{steps=300} > squad + qqp`; `harness.armtext` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.errors import SettingsError
from harness.setting import Scalar, braces, value_text

TARGET_ENGLISH = "target-english"
"""Among intermediate tasks: the task whose English rows a target trains on, each target's its own."""

NONE = "none"
"""The text, the label and the mode of the arm without intermediate training."""

LABEL = re.compile(r"\s*(?P<label>[^:>+(){},\"]*?)\s*:")
"""What stands before an arm's text to call it by another name."""


@dataclass(frozen=True)
class Phase:
    """Intermediate training on one task, or on several mixed.

    Attributes:
        tasks: their names, in order.
        settings: hyper-parameters of this phase alone, by dotted name: `steps` is the phase's, `tasks.mlm.weight` that
            of one of its tasks. Those of a phase on one task are the task's.
    """

    tasks: tuple[str, ...]
    settings: Mapping[str, Scalar] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if len(self.tasks) == 1:
            own = f"tasks.{self.tasks[0]}."
            named = {own + key.removeprefix(own): value for key, value in self.settings.items()}
            object.__setattr__(self, "settings", named)

    @property
    def text(self) -> str:
        """As `harness.armtext` reads it."""
        return phase_text(self.tasks, self.settings)

    def before(self, target: str) -> Phase:
        """This phase before a target: `TARGET_ENGLISH` is the target, by the name its hyper-parameters go by."""
        if TARGET_ENGLISH not in self.tasks:
            return self
        own = f"tasks.{TARGET_ENGLISH}."
        tasks = tuple(dict.fromkeys(target if name == TARGET_ENGLISH else name for name in self.tasks))
        settings: dict[str, Scalar] = {}
        for key, value in self.settings.items():
            meant = key.replace(own, f"tasks.{target}.", 1)
            if settings.setdefault(meant, value) != value:
                raise SettingsError(
                    f"before {target}, {meant} is {settings[meant]} and {value}: it is in the mix twice",
                    code="set-twice",
                    where=self.text,
                    fix="give both the same value, or leave one out",
                )
        return Phase(tasks, settings)


@dataclass(frozen=True)
class Arm:
    """One way to treat the encoder before its target: what a run compares with others.

    Attributes:
        phases: one after the other; none is the arm without intermediate training.
        settings: hyper-parameters of this arm alone, by dotted name.
        label: what tables call it, unique in a run; its text where none is given.
        varied: those of the run's hyper-parameters of which it has several values, with this arm's. Arms are compared
            where they are equal.
    """

    phases: tuple[Phase, ...] = ()
    settings: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    label: str = ""
    varied: Mapping[str, Scalar] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", self.text)

    def with_values(self, values: Mapping[str, Scalar]) -> Arm:
        """The same arm with one of several values of each hyper-parameter that the run varies."""
        return replace(self, label=self.label + varied_text(values), varied=values)

    @property
    def base_label(self) -> str:
        """Its label without the values that the run varies: what all of them are called."""
        return self.label.removesuffix(varied_text(self.varied))

    @property
    def earlier_labels(self) -> tuple[str, ...]:
        """What runs call it that vary fewer hyper-parameters; its label first.

        Runs of earlier versions, whose arms have no settings of their own, call an arm by its text.
        """
        varied = list(self.varied.items())
        fewer = [self.base_label + varied_text(dict(varied[:count])) for count in range(len(varied), -1, -1)]
        return (*fewer, *([] if self.settings else [self.text]))

    @property
    def text(self) -> str:
        """Its phases, as `harness.armtext` reads them."""
        return chain_text(phase.text for phase in self.phases)

    @property
    def mode(self) -> str:
        """How its tasks are trained; see `mode_of`."""
        return mode_of([phase.tasks for phase in self.phases])

    @property
    def intermediate(self) -> tuple[str, ...]:
        """All intermediate tasks, in order."""
        return tasks_of([phase.tasks for phase in self.phases])

    @property
    def by_target(self) -> bool:
        """Whether each target has another encoder to start from."""
        return TARGET_ENGLISH in self.intermediate

    def trains_like(self, other: Arm) -> bool:
        """Whether another arm is the same under another label."""
        mine, theirs = (self.phases, self.settings, self.varied), (other.phases, other.settings, other.varied)
        return mine == theirs


def mode_of(phases: Sequence[Sequence[str]]) -> str:
    """ "none", "single" (one task), "multitask" (one phase on several), or "sequential" (several phases).

    Args:
        phases: the tasks of each.
    """
    if len(phases) > 1:
        return "sequential"
    return ("multitask" if len(phases[0]) > 1 else "single") if phases else NONE


def tasks_of(phases: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """All tasks of phases, each once and in order."""
    return tuple(dict.fromkeys(name for tasks in phases for name in tasks))


def labelled_texts(texts: Iterable[str]) -> dict[str, str]:
    """Texts of arms by their labels; those without are labelled by themselves.

    Raises:
        SettingsError: a label stands twice.
    """
    found: dict[str, str] = {}
    for text in map(str.strip, texts):
        label = LABEL.match(text)
        key, arm = (label["label"], text[label.end() :].strip()) if label else (text, text)
        if key in found:
            raise SettingsError(f"there are two arms {key!r}", code="repeated-arm", fix="give each a label of its own")
        found[key] = arm
    return found


def chain_text(phases: Iterable[str]) -> str:
    """The text of phases, one after the other."""
    return " > ".join(phases) or NONE


def phase_text(names: Iterable[str], settings: Mapping[str, Scalar]) -> str:
    """The text of a phase.

    Args:
        names: of its tasks, or of suites in their place.
        settings: as those of `Phase`, for these names.
    """
    own = {key: value for key, value in settings.items() if not key.startswith("tasks.")}
    first, *others = names
    if not others:
        return first + braces({**own, **_of_task(first, settings)})
    mix = " + ".join(name + braces(_of_task(name, settings)) for name in (first, *others))
    return f"({mix}){braces(own)}" if own else mix


def varied_text(values: Mapping[str, Scalar]) -> str:
    """What labels of arms end in, where the run has several values of some hyper-parameters."""
    return "".join(f", {name}={value_text(value)}" for name, value in values.items())


def _of_task(name: str, settings: Mapping[str, Any]) -> dict[str, Scalar]:
    prefix = f"tasks.{name}."
    return {key.removeprefix(prefix): value for key, value in settings.items() if key.startswith(prefix)}
