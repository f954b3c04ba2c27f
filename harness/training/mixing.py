"""How the tasks of a phase share its optimiser steps, and how many steps an epoch over several tasks has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.errors import SettingsError
from harness.hyper import Hyper

READING_CAP = ("capped", "temperature")
"""The rules that count a task's rows up to `cap`."""


def check_weights(weights: Mapping[str, float]) -> None:
    """Refuse weights of some tasks of a mixture only: what a mixture by weights and by rows should be is not defined.

    Args:
        weights: of each task; 0 where it has none.
    """
    missing = [task for task, weight in weights.items() if not weight]
    if 0 < len(missing) < len(weights):
        weighted = [task for task, weight in weights.items() if weight]
        text = " + ".join(f"{task}{{weight={weight or 1:g}}}" for task, weight in weights.items())
        raise SettingsError(
            f"no weight for {', '.join(missing)}, which {', '.join(weighted)} would be mixed with by weight",
            code="weight-missing",
            fix=f"give all of them one: {text} in an arm's text, or for all arms "
            f"--set intermediate.weight=1 --set tasks.{weighted[0]}.weight={weights[weighted[0]]:g}",
        )


@dataclass(frozen=True, kw_only=True)
class Mixing:
    """How the tasks of a phase share its steps.

    Attributes:
        rule: by what: "proportional" (rows), "capped" (rows up to `cap`: examples-proportional mixing), "temperature"
            (that to the power of 1 / `temperature`) or "uniform" (Raffel et al. 2020, section 3.5.2).
        weights: of each task; where given, they and no rule are the shares.
        replay: share of the steps that goes to all tasks but `new`.
        new: the task that the phase is about, where it replays others.
    """

    rule: str = "capped"
    cap: int
    temperature: float = 2.0
    weights: Mapping[str, float] = field(default_factory=dict)
    replay: float = 0.0
    new: str = ""

    @classmethod
    def of(cls, hyper: Hyper, weights: Mapping[str, float], new: str = "") -> Mixing:
        """By a phase's hyper-parameters.

        Args:
            weights: of each task, or none at all.
            new: the task that the phase is about; "" where it replays none.
        """
        return cls(
            rule=hyper.mixing,
            cap=hyper.cap,
            temperature=hyper.temperature,
            weights=weights,
            replay=hyper.replay if new else 0.0,
            new=new,
        )

    def idle(self, *, counts_steps: bool) -> set[str]:
        """Hyper-parameters of mixing that are not used for several tasks.

        Args:
            counts_steps: whether the rows that count say how many steps there are.
        """
        capped = self.rule in READING_CAP and (counts_steps or not self.weights)
        read = {"mixing": not self.weights, "cap": capped, "replay": bool(self.new)}
        read["temperature"] = self.rule == "temperature" and not self.weights
        return {name for name, is_read in read.items() if not is_read}

    def shares(self, sizes: Mapping[str, int]) -> dict[str, float]:
        """Each task's share of the steps; they add up to 1.

        Args:
            sizes: units of each task.
        """
        if not self.new:
            return self._mixed(sizes)
        before = self._mixed({task: size for task, size in sizes.items() if task != self.new})
        shares = {task: self.replay * share for task, share in before.items()}
        return {task: shares.get(task, 1 - self.replay) for task in sizes}

    def idle_risks(self, sizes: Mapping[str, int], steps: int) -> dict[str, float]:
        """The probability, of each task, that none of so many steps falls on it."""
        return {task: (1 - share) ** steps for task, share in self.shares(sizes).items()}

    def steps(self, sizes: Mapping[str, int], *, epochs: float, batch_size: int) -> int:
        """Optimiser steps of a phase given by epochs: over one task all its rows, over several those that count."""
        counted = self._counted(sizes)
        if self.new or len(sizes) == 1:
            counted = {task: size for task, size in sizes.items() if task == (self.new or task)}
        return max(1, math.ceil(sum(counted.values()) * epochs / batch_size))

    def _mixed(self, sizes: Mapping[str, int]) -> dict[str, float]:
        """Shares by weight or rule."""
        values: dict[str, float] = dict(self._counted(sizes))
        if self.weights:
            values = {task: self.weights[task] for task in sizes}
        elif self.rule == "temperature":
            values = {task: value ** (1 / self.temperature) for task, value in values.items()}
        elif self.rule == "uniform":
            values = dict.fromkeys(sizes, 1)
        total = sum(values.values())
        return {task: value / total for task, value in values.items()}

    def _counted(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """Units of each task that count."""
        if self.rule in READING_CAP:
            return {task: min(size, self.cap) for task, size in sizes.items()}
        return dict(sizes)
