"""How long the texts of rows are: in tokens of a model's tokenizer, and in characters."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from harness.hookspecs import hookimpl
from harness.outside import read_json
from harness.planning.stages.base import Checkpoint, Stage, StageType
from harness.planning.stages.encoding import Tokenized
from harness.planning.stages.models import ENCODING
from harness.planning.stages.rows import Rows

if TYPE_CHECKING:
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench

FILE = "sizes.json"
UNCUT = 2**30
"""Tokens that no text has."""


@dataclass(frozen=True)
class TextSizes(Tokenized):
    """How many tokens and characters the texts of rows have, none of them cut off. The result is `sizes.json`.

    `tokens` counts tokens that stand for text, unknown ones included, and `characters` all but blanks. Each text of a
    row counts once, however often it is encoded.
    """

    rows: Rows
    origin: Checkpoint
    kind: ClassVar[str] = "text-sizes"
    folder: ClassVar[str] = "text-sizes"
    code: ClassVar[tuple[str, ...]] = (*ENCODING, "harness/planning/stages/sizing.py")

    def parents(self) -> Mapping[str, Stage]:
        """The model that has the tokenizer."""
        return {"origin": self.origin}

    @property
    def inputs(self) -> Mapping[str, Any]:
        """All but the tokenizer."""
        return {"rows": self.rows.digest, "kind_version": self.rows.kind_version}

    def inputs_in(self, bench: Workbench) -> Mapping[str, Any]:
        """With the tokenizer."""
        return {**self.inputs, "tokenizer": bench.text_encoder(self.origin.obtain(bench)).digest}

    def build(self, bench: Workbench, out: Building) -> None:
        """Count them."""
        import numpy as np

        encoder = bench.text_encoder(self.origin.obtain(bench))
        kind = bench.kind(self.rows.task)
        texts = [text for row in bench.data.of(self.rows).rows for text in kind.texts(row)]
        encodings = encoder.encode(texts, [None] * len(texts), UNCUT)
        tokens, _ = encoder.counts(np.concatenate([np.array(one.ids, np.int64) for one in encodings]))
        characters = sum(not character.isspace() for text in texts for character in text)
        sizes = {"tokens": tokens, "characters": characters}
        (out.directory / FILE).write_text(json.dumps(sizes), encoding="utf-8")

    def describe(self) -> str:
        """Of which rows."""
        return f"length of the texts of {self.rows.where}"


def read_sizes(directory: Path) -> tuple[int, int]:
    """Tokens and characters of a `TextSizes` stage's result."""
    sizes = read_json(directory / FILE)
    return sizes["tokens"], sizes["characters"]


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register this stage."""
    register(StageType(name=TextSizes.kind, stage=TextSizes, description="how many tokens and characters texts have"))
