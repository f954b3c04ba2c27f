"""Head of text-classification: one score a label from the first token's state or from all tokens', cross-entropy."""

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
    """Scores (U, labels): by XLM-R's layers over the first token, or by EuroBERT's over every token.

    The second (`classifier_pooling = "late"`) takes the mean of the tokens' scores, not the score of a mean, and has no
    dropout before its first layer.
    """

    def __init__(self, config: HeadConfig) -> None:
        super().__init__(config)
        self._late = config.settings.get("classifier_pooling") == "late"
        if self._late:
            self.dense = nn.Linear(config.hidden_size, config.hidden_size)
            self.dropout = nn.Dropout(config.dropout)
        else:
            self.pooler = Pooler(config)
        self.output = nn.Linear(config.hidden_size, len(config.labels))

    def forward(self, hidden: Tensor, batch: Batch) -> Tensor:
        """One score a label."""
        if self._late:
            by_token: Tensor = self.output(self.dropout(functional.gelu(self.dense(hidden)))).float()
            real = batch["attention_mask"][..., None].float()
            return (by_token * real).sum(1) / real.sum(1)
        scores: Tensor = self.output(self.pooler(hidden))
        return scores

    def loss(self, scores: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy summed over units."""
        return functional.cross_entropy(scores.float(), batch["label"], reduction="sum", ignore_index=IGNORED)

    def outputs(self, scores: Tensor, batch: Batch) -> Sequence[NDArray[np.float32]]:
        """Label scores of each unit."""
        del batch
        return list(scores.float().cpu().numpy())
