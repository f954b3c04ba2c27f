"""Arms: the ways to treat the encoder before its targets that a run compares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TARGET_ENGLISH = "target-english"
"""Among intermediate tasks: the task whose English rows a target trains on, each target's its own."""


@dataclass(frozen=True)
class Arm:
    """One way to treat the encoder before its target: a column of the comparison.

    Attributes:
        mode: "none", "multitask", "sequential" or "single".
        intermediate: the intermediate tasks, in order; `TARGET_ENGLISH` stands for the target's own training task.
    """

    mode: str
    intermediate: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Short and unique within a run."""
        joint = " > " if self.mode == "sequential" else " + "
        return joint.join(self.intermediate) or "none"

    @property
    def by_target(self) -> bool:
        """Whether each target has another encoder to start from."""
        return TARGET_ENGLISH in self.intermediate

    def tasks(self, target: str) -> tuple[str, ...]:
        """The intermediate tasks before a target, by the names that their hyper-parameters go by."""
        return tuple(target if name == TARGET_ENGLISH else name for name in self.intermediate)


def arms_of(intermediate: Sequence[str], mode: str, *, baseline: bool) -> Iterator[Arm]:
    """The arms of a run, the baseline first."""
    if baseline or not intermediate:
        yield Arm("none")
    if mode == "single" or len(intermediate) == 1:
        for name in intermediate:
            yield Arm("single", (name,))
    elif intermediate:
        yield Arm(mode, tuple(intermediate))
