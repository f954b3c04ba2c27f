"""Head of text-classification: the first token's state to one score a label, cross-entropy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional

from harness.kinds.features import IGNORED
from harness.modeling.heads.base import Batch, Head, HeadConfig, Pooler

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class TextClassificationHead(Head):
    """Scores (U, labels)."""

    def __init__(self, config: HeadConfig) -> None:
        super().__init__(config)
        self.pooler = Pooler(config)
        self.output = nn.Linear(config.hidden_size, len(config.labels))

    def forward(self, hidden: Tensor, batch: Batch) -> Tensor:
        """One score a label."""
        del batch
        scores: Tensor = self.output(self.pooler(hidden))
        return scores

    def loss(self, scores: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy summed over units."""
        return functional.cross_entropy(scores.float(), batch["label"], reduction="sum", ignore_index=IGNORED)

    def outputs(self, scores: Tensor, batch: Batch) -> Sequence[NDArray[np.float32]]:
        """Label scores of each unit."""
        del batch
        return list(scores.float().cpu().numpy())
