"""Embeddings: the states that a checkpoint's layer gives of rows, of whole sequences or of each token."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.errors import SettingsError
from harness.hookspecs import hookimpl
from harness.modeling.shape import pooled_layer
from harness.planning.stages.base import Checkpoint, Stage, StageType
from harness.planning.stages.encoding import encoded
from harness.planning.stages.models import ENCODING
from harness.planning.stages.rows import Rows
from harness.planning.stages.training import MODELING

if TYPE_CHECKING:
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench

POOLINGS = ("mean", "cls", "tokens")


@dataclass(frozen=True, kw_only=True)
class Embed(Stage):
    """Hidden states of rows. The result has, as arrays of one file each,

    - `states.npy`: float32 (N, H), a row per sequence, or per token if tokens are not pooled;
    - `offsets.npy`: int64 (U + 1,), unit u has the states from `offsets[u]` to `offsets[u + 1]`;
    - `rows.npy`: int32 (U,), the index of the row that each unit comes from.

    Attributes:
        layer: 0 is what the first layer reads, the number of layers the last one's output.
        pooling: "mean" over all tokens, special ones included; "cls", the first token; "tokens", each token by itself.
        sample: units at most, drawn once where there are more; 0 for all.
    """

    checkpoint: Checkpoint
    rows: Rows
    layer: int
    pooling: str = "mean"
    sample: int = 0
    kind: ClassVar[str] = "embed"
    folder: ClassVar[str] = "embed"
    loads_model: ClassVar[bool] = True
    code: ClassVar[tuple[str, ...]] = (
        *ENCODING,
        *MODELING,
        "harness/planning/stages/embedding.py",
        "harness/planning/stages/training.py",
    )

    def __post_init__(self) -> None:
        if self.pooling not in POOLINGS:
            raise SettingsError(
                f"pooling = {self.pooling!r} is not one of {', '.join(POOLINGS)}", code="unknown-pooling"
            )
        if not 0 <= self.layer <= self.checkpoint.shape.layers:
            raise SettingsError(
                f"layer = {self.layer}, but the encoder has layers 0 to {self.checkpoint.shape.layers}",
                code="layer-beyond-model",
            )

    @classmethod
    def of_sentences(cls, checkpoint: Checkpoint, rows: Rows) -> Embed:
        """By the task's own `layer` and `pooling`; layer 0 stands for 14/24 of the depth, as in XTREME."""
        hyper = rows.hyper.use("layer", "pooling")
        layer = pooled_layer(hyper.layer, checkpoint.shape.layers)
        return cls(checkpoint=checkpoint, rows=rows, layer=layer, pooling=hyper.pooling)

    def parents(self) -> Mapping[str, Stage]:
        """The checkpoint and the encoded rows."""
        return {"checkpoint": self.checkpoint, "rows": encoded(self.rows, self.checkpoint)}

    @property
    def inputs(self) -> dict[str, Any]:
        """Checkpoint, rows, layer and pooling."""
        return {
            "checkpoint": self.checkpoint.digest,
            "data": self.rows.encoding,
            "layer": self.layer,
            "pooling": self.pooling,
            **({"sample": self.sample} if self.sample else {}),
        }

    def build(self, bench: Workbench, out: Building) -> None:
        """Run the encoder over the rows."""
        import numpy as np

        from harness.training.failures import refuse_not_finite, translated
        from harness.training.predict import Predictor

        # Masks are for guessing: what is embedded is the text as it is.
        features = encoded(self.rows, self.checkpoint).load(bench).drawn(self.sample)
        features = dataclasses.replace(features, masking=None, directory=None)
        name = bench.registry.task(self.rows.task).trained_as
        with translated(f"embedding {self.rows.where}", self.rows.hyper, training=False):
            head = f"states/{name}/{self.layer}/{self.pooling}"
            predictor = bench.predictor(self.checkpoint, head, lambda: self._head(bench), "fp32")
            predictor.mine.told = functools.partial(self.advanced, bench)
            states = predictor.call(Predictor.outputs, name, features, self.rows.hyper.token_budget)
        split = bench.data.of(self.rows)
        refuse_not_finite(states, features, split.rows, split.keys, about=self.rows.where)
        offsets = np.concatenate([[0], np.cumsum([len(part) for part in states])]).astype(np.int64)
        np.save(out.directory / "states.npy", np.concatenate(states).astype(np.float32))
        np.save(out.directory / "offsets.npy", offsets)
        np.save(out.directory / "rows.npy", features.rows)
        out.facts["truncated"] = features.truncated

    def describe(self) -> str:
        """What of which rows."""
        of = f"at most {self.sample:,} of {self.rows.where}" if self.sample else self.rows.where
        return f"{self.pooling} states of layer {self.layer}, {of}"

    def _head(self, bench: Workbench) -> Callable[[], Any]:
        from harness.modeling.heads.states import States
        from harness.planning.heads import head_config

        config = head_config(bench, self.rows, self.checkpoint.obtain(bench), 0.0)
        return functools.partial(States, config, self.layer, self.pooling)


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register this stage."""
    register(StageType(name=Embed.kind, stage=Embed, description="hidden states of rows, of any layer and pooling"))
