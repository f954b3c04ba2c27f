"""Head of question-answering: start and end scores of every token, padding masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.modeling.heads.base import Batch, Head, HeadConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class QuestionAnsweringHead(Head):
    """Scores (B, 2, L).

    Padding is masked before the softmax: without it, the loss of a window would depend on how much padding the
    windows beside it bring.
    """

    def __init__(self, config: HeadConfig) -> None:
        super().__init__(config)
        self.output = nn.Linear(config.hidden_size, 2)

    def forward(self, hidden: Tensor, batch: Batch) -> Tensor:
        """Start and end scores."""
        scores: Tensor = self.output(hidden).float().transpose(1, 2)
        return scores.masked_fill(batch["attention_mask"][:, None] == 0, -torch.inf)

    def loss(self, scores: Tensor, batch: Batch) -> Tensor:
        """Mean of the start's and the end's cross-entropy, summed over windows."""
        start = functional.cross_entropy(scores[:, 0], batch["start"], reduction="sum")
        end = functional.cross_entropy(scores[:, 1], batch["end"], reduction="sum")
        return (start + end) / 2

    def outputs(self, scores: Tensor, batch: Batch) -> Sequence[NDArray[np.float32]]:
        """Start and end scores (2, tokens) of each window without its padding."""
        lengths = batch["attention_mask"].sum(1).tolist()
        return [window[:, :length] for window, length in zip(scores.cpu().numpy(), lengths, strict=True)]
