"""Checkpoints with rounded weights: half the bytes, and other predictions than those of the checkpoint itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.hookspecs import hookimpl
from harness.planning.digests import digest_of
from harness.planning.stages.base import Checkpoint, Descendant, Stage, StageType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.planning.stages.training import Trained
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench

FOLDER = "rounded"


@dataclass(frozen=True)
class Rounded(Descendant):
    """A checkpoint in bfloat16, encoder and heads. What starts from it starts from the rounded weights.

    Attributes:
        of: the checkpoint; its steps that were kept on the way are not rounded with it.
    """

    of: Checkpoint
    kind: ClassVar[str] = "rounded"
    folder: ClassVar[str] = FOLDER
    can_be_let_go: ClassVar[bool] = True
    code: ClassVar[tuple[str, ...]] = (
        *("harness/modeling/rounding.py", "harness/modeling/sharing.py", "harness/modeling/weights.py"),
        *("harness/modeling/shape.py", "harness/planning/stages/rounded.py"),
    )

    def parents(self) -> Mapping[str, Stage]:
        """The checkpoint."""
        return {"of": self.of}

    @property
    def inputs(self) -> dict[str, Any]:
        """The checkpoint, and the type that its weights are rounded to."""
        return inputs_of(self.of.digest)

    def build(self, bench: Workbench, out: Building) -> None:
        """Round the weights."""
        from harness.modeling.rounding import round_checkpoint

        round_checkpoint(self.of.obtain(bench), out.directory, bench.store.pool)

    def describe(self) -> str:
        """What of."""
        return f"{self.of.describe()}, in bf16"

    @property
    def before(self) -> Checkpoint:
        """The checkpoint."""
        return self.of

    @property
    def rounded(self) -> bool:
        """It is."""
        return True

    @property
    def phases(self) -> tuple[Trained, ...]:
        """Those of the checkpoint."""
        return self.of.phases

    def head(self, task: str, labels: tuple[str, ...]) -> bool:
        """As the checkpoint."""
        return self.of.head(task, labels)


def inputs_of(digest: str) -> dict[str, Any]:
    """What the digest of a rounded checkpoint is made from."""
    return {"of": digest, "precision": "bf16"}


def rounded_digest(digest: str) -> str:
    """The digest of a checkpoint in bfloat16, by the digest of the checkpoint."""
    return digest_of(FOLDER, Rounded.version, inputs_of(digest))


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register this stage."""
    register(StageType(name=Rounded.kind, stage=Rounded, description="a checkpoint in bf16"))
