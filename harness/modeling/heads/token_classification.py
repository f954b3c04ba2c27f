"""Head of token-classification: one score a tag for every token, cross-entropy at each word's first token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.kinds.features import IGNORED
from harness.modeling.heads.base import Batch, Head, HeadConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class TokenClassificationHead(Head):
    """Scores (B, L, tags)."""

    def __init__(self, config: HeadConfig) -> None:
        super().__init__(config)
        self.dropout = nn.Dropout(config.dropout)
        self.output = nn.Linear(config.hidden_size, len(config.labels))

    def forward(self, hidden: Tensor, batch: Batch) -> Tensor:
        """One score a tag."""
        del batch
        scores: Tensor = self.output(self.dropout(hidden))
        return scores

    def loss(self, scores: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy summed over labelled tokens."""
        return functional.cross_entropy(
            scores.float().flatten(0, 1), batch["tag"].flatten(), reduction="sum", ignore_index=IGNORED
        )

    def outputs(self, scores: Tensor, batch: Batch) -> Sequence[NDArray[np.float32]]:
        """Index of the best tag at each word's first token, in the order of the words."""
        best = scores.argmax(-1).float().where(scores.isfinite().all(-1), torch.nan).cpu().numpy()
        words = batch["word"].cpu().numpy()
        return [tags[indices >= 0] for tags, indices in zip(best, words, strict=True)]
