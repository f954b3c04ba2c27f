"""The model that phases begin with where a model of texts and images is given: its tower of texts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from harness.hookspecs import hookimpl
from harness.modeling.shape import Shape, tokenizer_type
from harness.modeling.towers import tower_config, tower_shape, write_tower
from harness.planning.stages.base import Checkpoint, StageType

if TYPE_CHECKING:
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench


@dataclass(frozen=True)
class TextTower(Checkpoint):
    """The encoder of texts inside a model of texts and images.

    Attributes:
        path: directory of the whole model.
        content: digest of its files.
    """

    path: Path
    content: str
    kind: ClassVar[str] = "text-tower"
    folder: ClassVar[str] = "model"
    code: ClassVar[tuple[str, ...]] = (
        *("harness/modeling/towers.py", "harness/modeling/shape.py"),
        "harness/planning/stages/towers.py",
    )

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The whole model."""
        return {"text_tower_of": self.content}

    def build(self, bench: Workbench, out: Building) -> None:
        """Write the tower as an encoder of its own."""
        del bench
        write_tower(self.path, out.directory)

    def describe(self) -> str:
        """Of which model."""
        return f"what reads texts in the model in {self.path}"

    @property
    def origin(self) -> Checkpoint:
        """Itself."""
        return self

    @functools.cached_property
    def shape(self) -> Shape:
        """Of the tower alone."""
        return tower_shape(self.path)

    @functools.cached_property
    def architecture(self) -> str:
        """Of the encoder that it is."""
        return str(tower_config(self.path)["model_type"])

    @functools.cached_property
    def tokenizer_type(self) -> str:
        """As the whole model's tokenizer.json says."""
        return tokenizer_type(self.path)

    @property
    def revision(self) -> str:
        """By the place that the hub's cache gives the whole model."""
        from harness.modeling.hub import revision_of

        return revision_of(self.path)

    def lacks(self, names: Sequence[Mapping[str, str]]) -> bool:
        """None has a head for masked tokens."""
        return bool(names)


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register this stage."""
    register(
        StageType(name=TextTower.kind, stage=TextTower, description="what reads texts in a model of texts and images")
    )
