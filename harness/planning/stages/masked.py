"""How well a model's own masked-language-modelling head guesses words of any rows' texts on a later encoder."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from harness.errors import DataError
from harness.hookspecs import hookimpl
from harness.planning.stages.base import Checkpoint, Stage, StageType
from harness.planning.stages.models import ENCODING
from harness.planning.stages.rows import Rows
from harness.planning.stages.training import MODELING

if TYPE_CHECKING:
    from harness.kinds.features import Features
    from harness.modeling.heads.base import Head
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench

HEAD = "masked-lm"
"""What the head is called; no task has the name."""


@dataclass(frozen=True, kw_only=True)
class MaskedLoss(Stage):
    """The masked-LM loss on texts of rows of any kind, by the head of the model that a checkpoint's chain began with.

    The head's output matrix is the checkpoint's own embeddings, as ever. Each different text counts once, and 15 % of
    its tokens are masked, the same ones for every checkpoint of a model. The result is `loss.json`, as that of `Loss`:
    `total` over `targets`, in nats.

    Attributes:
        sample: texts, or pieces of long ones, at most, drawn once where there are more.
    """

    checkpoint: Checkpoint
    rows: Rows
    sample: int
    kind: ClassVar[str] = "masked-loss"
    folder: ClassVar[str] = "masked-loss"
    loads_model: ClassVar[bool] = True
    code: ClassVar[tuple[str, ...]] = (
        *ENCODING,
        *MODELING,
        "harness/planning/stages/masked.py",
        "harness/planning/stages/training.py",
    )

    def parents(self) -> Mapping[str, Stage]:
        """The checkpoint, and the model that has the head and the tokenizer."""
        return {"checkpoint": self.checkpoint, "origin": self.checkpoint.origin}

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Checkpoint, model, rows, and how many texts."""
        return {
            "checkpoint": self.checkpoint.digest,
            "origin": self.checkpoint.origin.digest,
            "data": self.rows.encoding,
            "sample": self.sample,
        }

    def build(self, bench: Workbench, out: Building) -> None:
        """Sum the loss over masked tokens.

        Raises:
            ModelError: the model has no such head.
            DataError: no text has a token to mask, or the loss is not finite.
            CutToken: the model's vocabulary was trimmed, and texts have tokens that it does not have.
        """
        from harness.training.failures import translated
        from harness.training.predict import Predictor

        features = self._features(bench).drawn(self.sample)
        with translated(f"guessing words of {self.rows.where}", self.rows.hyper, training=False):
            predictor = bench.predictor(self.checkpoint, HEAD, lambda: self._head(bench), "fp32")
            total = predictor.call(Predictor.loss, HEAD, features, self.rows.hyper.token_budget)
        if not math.isfinite(total):
            raise DataError(f"the masked-LM loss on {self.rows.where} is {total}", code="loss-not-finite")
        written = {"total": total, "targets": int(features.weights.sum())}
        (out.directory / "loss.json").write_text(json.dumps(written), encoding="utf-8")

    def _features(self, bench: Workbench) -> Features:
        """The different texts of the rows, each by itself, as they are encoded to be masked."""
        from harness.kinds.fill_mask import FillMask, FillMaskSettings
        from harness.modeling import vocabulary
        from harness.rows import TextRow

        kind = bench.kind(self.rows.task)
        texts = dict.fromkeys(text for row in bench.data.of(self.rows).rows for text in kind.texts(row))
        rows = [TextRow(text=text) for text in texts if text.strip()]
        directory = self.checkpoint.origin.obtain(bench)
        encoder = bench.text_encoder(directory)
        hyper = dataclasses.replace(self.rows.hyper, kind_settings=FillMaskSettings())
        features = FillMask(name=HEAD, head="").encode(rows, (), encoder, hyper)
        if not self.checkpoint.trimmed:
            return features
        return vocabulary.count_anew(features, bench.kept_ids(directory), encoder, self.rows.where)

    def _head(self, bench: Workbench) -> Callable[[], Head]:
        from harness.modeling.checkpoints import pretrained_head
        from harness.modeling.heads.base import HeadConfig
        from harness.modeling.shape import read_shape

        shape = read_shape(self.checkpoint.obtain(bench))
        config = HeadConfig(
            task=HEAD,
            head="harness.modeling.heads.fill_mask:FillMaskHead",
            labels=(),
            dropout=0.0,
            hidden_size=shape.hidden_size,
            layers=shape.layers,
            vocabulary=shape.vocabulary,
            embedding_size=shape.embedding_size,
        )
        return functools.partial(pretrained_head, self.checkpoint.origin.obtain(bench), config)

    def describe(self) -> str:
        """On which rows."""
        return f"masked-LM loss on texts of {self.rows.where}"


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register this stage."""
    register(
        StageType(
            name=MaskedLoss.kind, stage=MaskedLoss, description="the loss of a model's own masked-LM head on texts"
        )
    )
