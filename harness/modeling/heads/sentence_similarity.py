"""Head of sentence-similarity: no weights, a sentence's embedding from one hidden layer of the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from harness.errors import SettingsError
from harness.modeling.heads.base import Batch, Head, HeadConfig
from harness.modeling.shape import pooled_layer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SentenceEmbedding(Head):
    """Scores are embeddings (B, H): the mean over all tokens, special ones included, or the first token."""

    def __init__(self, config: HeadConfig) -> None:
        super().__init__(config)
        if config.layer > config.layers:
            raise SettingsError(
                f"layer = {config.layer}, but the encoder has {config.layers} layers", code="layer-beyond-model"
            )

    @property
    def hidden_layer(self) -> int:
        """The configured layer."""
        return pooled_layer(self.config.layer, self.config.layers)

    def forward(self, hidden: Tensor, batch: Batch) -> Tensor:
        """The embedding of each sequence."""
        hidden = hidden.float()
        if self.config.pooling == "cls":
            return hidden[:, 0]
        mask = batch["attention_mask"][..., None].float()
        return (hidden * mask).sum(1) / mask.sum(1)

    def loss(self, scores: Tensor, batch: Batch) -> Tensor:
        """This kind is not trained."""
        del scores, batch
        raise TypeError("sentence-similarity has no loss")

    def outputs(self, scores: Tensor, batch: Batch) -> Sequence[NDArray[np.float32]]:
        """The embedding of each sentence."""
        del batch
        return list(scores.float().cpu().numpy())
