"""A head without weights that hands on what a layer of the encoder gives: states of sequences or of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor, split

from harness.modeling.heads.base import Batch, Head, HeadConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class States(Head):
    """Scores are states: of sequences (B, H), the mean over all tokens or the first one's; or of tokens (B, L, H).

    Args:
        layer: 0 is what the first layer reads, the number of layers the last one's output.
        pooling: "mean", "cls" or "tokens".
    """

    def __init__(self, config: HeadConfig, layer: int, pooling: str) -> None:
        super().__init__(config)
        self._layer = layer
        self._pooling = pooling

    @property
    def hidden_layer(self) -> int:
        """The layer."""
        return self._layer

    def forward(self, hidden: Tensor, batch: Batch) -> Tensor:
        """States of sequences or tokens."""
        hidden = hidden.float()
        if self._pooling == "tokens":
            return hidden
        if self._pooling == "cls":
            return hidden[:, 0]
        mask = batch["attention_mask"][..., None].float()
        return (hidden * mask).sum(1) / mask.sum(1)

    def loss(self, scores: Tensor, batch: Batch) -> Tensor:
        """States are not trained."""
        del scores, batch
        raise TypeError("states have no loss")

    def outputs(self, scores: Tensor, batch: Batch) -> Sequence[NDArray[np.float32]]:
        """Of each unit: a row per sequence, or per token of its sequences, padding left out."""
        sizes = batch["unit_sizes"]
        if self._pooling == "tokens":
            lengths = batch["attention_mask"].sum(1)
            sizes = Tensor.new_tensor(sizes, [int(part.sum()) for part in split(lengths, sizes.tolist())])
            scores = scores[batch["attention_mask"].bool()]
        return [part.cpu().numpy() for part in split(scores, sizes.tolist())]
