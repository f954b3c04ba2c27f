"""Snapshots: steps of a phase that were kept beside its checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.errors import DataError
from harness.hookspecs import hookimpl
from harness.planning.stages.base import Checkpoint, Descendant, Stage, StageType
from harness.planning.stages.training import Trained

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.store import Building
    from harness.planning.workbench import Workbench


class NotReached(DataError):
    """A step that training did not come to: no failure, but there is nothing to score."""


@dataclass(frozen=True)
class Snapshot(Descendant):
    """A step of a phase that was kept beside its checkpoint; it lies in the phase's own result.

    Attributes:
        of: a phase whose `snapshots` are kept.
    """

    of: Trained
    step: int
    kind: ClassVar[str] = "snapshot"
    folder: ClassVar[str] = "snapshot"

    def parents(self) -> Mapping[str, Stage]:
        """The phase."""
        return {"phase": self.of}

    @property
    def holder(self) -> Stage:
        """The phase."""
        return self.of

    @property
    def inputs(self) -> dict[str, Any]:
        """Phase and step."""
        return {"of": self.of.digest, "step": self.step}

    def found(self, bench: Workbench) -> Path | None:
        """Its folder in the phase's result."""
        from harness.training.phase import SNAPSHOTS

        phase = self.of.found(bench)
        directory = phase / SNAPSHOTS / str(self.step) if phase else None
        return directory if directory and directory.is_dir() else None

    def obtain(self, bench: Workbench) -> Path:
        """Its folder in the phase's result, which is trained now if need be.

        Raises:
            NotReached: the phase has ended before the step.
            DataError: the phase did not keep it.
        """
        self.of.obtain(bench)
        found = self.found(bench)
        if found is None:
            if (steps := bench.facts(self.of)["steps"]) < self.step:
                raise NotReached(
                    f"step {self.step} was not reached: the {self.of.describe()} ended at step {steps}",
                    code="step-not-reached",
                )
            kept = bench.facts(self.of).get("snapshots", [])
            raise DataError(
                f"step {self.step} of the {self.of.describe()} was not kept",
                code="step-not-kept",
                where=f"kept: {', '.join(map(str, kept)) or 'none'}",
                fix="name one of those; a phase keeps steps 1, 2, 4, 8, ... up to its last",
            )
        return found

    def build(self, bench: Workbench, out: Building) -> None:
        """Nothing is to be made beside the phase."""
        del bench, out
        raise AssertionError("a snapshot is made by its phase")

    def describe(self) -> str:
        """Which step of what."""
        return f"step {self.step} of the {self.of.describe()}"

    @property
    def before(self) -> Checkpoint:
        """The phase, whose chain it is one of."""
        return self.of

    @property
    def chain(self) -> tuple[Checkpoint, ...]:
        """That of the phase, in whose result it lies."""
        return self.of.chain

    @property
    def phases(self) -> tuple[Trained, ...]:
        """Those that led to it, the last of them cut short."""
        return self.of.phases

    def head(self, task: str, labels: tuple[str, ...]) -> bool:
        """As the phase."""
        return self.of.head(task, labels)


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register this stage."""
    register(StageType(name=Snapshot.kind, stage=Snapshot, description="a step kept beside a phase's checkpoint"))
