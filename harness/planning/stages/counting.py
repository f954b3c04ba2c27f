"""How often each token of a model's vocabulary occurs in rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.hookspecs import hookimpl
from harness.planning.stages.base import Checkpoint, Stage, StageType
from harness.planning.stages.encoding import Encode, Tokenized
from harness.planning.stages.models import ENCODING
from harness.planning.stages.rows import Rows

if TYPE_CHECKING:
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench


@dataclass(frozen=True)
class TokenCounts(Tokenized):
    """How often each token occurs in rows, as they are encoded. The result is `counts.npy`, int64 by the token's id.

    Special tokens stand for no text and are not counted, the unknown one among them. Ids are the tokenizer's, also of a
    model whose vocabulary is trimmed.
    """

    rows: Rows
    origin: Checkpoint
    kind: ClassVar[str] = "token-counts"
    folder: ClassVar[str] = "token-counts"
    code: ClassVar[tuple[str, ...]] = (*ENCODING, "harness/planning/stages/counting.py")

    def parents(self) -> Mapping[str, Stage]:
        """The rows as token ids."""
        return {"rows": Encode(self.rows, self.origin)}

    @property
    def inputs(self) -> Mapping[str, Any]:
        """All but the tokenizer."""
        return self.rows.encoding

    def inputs_in(self, bench: Workbench) -> Mapping[str, Any]:
        """With the tokenizer."""
        return Encode(self.rows, self.origin).inputs_in(bench)

    def build(self, bench: Workbench, out: Building) -> None:
        """Count them."""
        import numpy as np

        encoder = bench.text_encoder(self.origin.obtain(bench))
        ids = Encode(self.rows, self.origin).load(bench).ids
        counts = np.bincount(ids, minlength=encoder.highest_id + 1)
        counts[list(encoder.special_ids)] = 0
        np.save(out.directory / "counts.npy", counts.astype(np.int64))

    def describe(self) -> str:
        """Of which rows."""
        return f"tokens of {self.rows.where}"


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register this stage."""
    register(StageType(name=TokenCounts.kind, stage=TokenCounts, description="how often each token occurs in rows"))
