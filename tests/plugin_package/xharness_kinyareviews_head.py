"""The head of text-rating: one number a review, in a module of its own because it imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from harness import kindkit


class RatingHead(kindkit.Head):
    def __init__(self, config: kindkit.HeadConfig) -> None:
        super().__init__(config)
        self.pooler = kindkit.Pooler(config)
        self.output = nn.Linear(config.hidden_size, 1)

    def forward(self, hidden: Tensor, batch: kindkit.Batch) -> Tensor:
        rating: Tensor = self.output(self.pooler(hidden))
        return rating

    def loss(self, scores: Tensor, batch: kindkit.Batch) -> Tensor:
        return functional.mse_loss(scores[:, 0].float(), batch["stars"].float(), reduction="sum")

    def outputs(self, scores: Tensor, batch: kindkit.Batch) -> Sequence[Any]:
        return list(scores.float().cpu().numpy())
