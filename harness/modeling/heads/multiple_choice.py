"""Head of multiple-choice: one score a choice, cross-entropy over the choices of a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.modeling.heads.base import Batch, Head, HeadConfig, Pooler

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class MultipleChoiceHead(Head):
    """Scores (U, most choices of any unit), minus infinity where a unit has fewer."""

    def __init__(self, config: HeadConfig) -> None:
        super().__init__(config)
        self.pooler = Pooler(config)
        self.output = nn.Linear(config.hidden_size, 1)

    def forward(self, hidden: Tensor, batch: Batch) -> Tensor:
        """One score a choice, units side by side."""
        flat: Tensor = self.output(self.pooler(hidden)).squeeze(-1).float()
        sizes = batch["unit_sizes"]
        scores = flat.new_full((len(sizes), int(sizes.max())), -torch.inf)
        filled = torch.arange(scores.shape[1], device=flat.device) < sizes[:, None]
        return scores.masked_scatter(filled, flat)

    def loss(self, scores: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy summed over units."""
        return functional.cross_entropy(scores, batch["label"], reduction="sum")

    def outputs(self, scores: Tensor, batch: Batch) -> Sequence[NDArray[np.float32]]:
        """Choice scores of each unit."""
        rows = scores.float().cpu().numpy()
        return [row[:size] for row, size in zip(rows, batch["unit_sizes"].tolist(), strict=True)]
