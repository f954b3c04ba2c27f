"""Head of text-retrieval: a unit vector a text, softmax over the right candidates of all queries of a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.modeling.heads.base import Batch, Head, HeadConfig, Pooler

if TYPE_CHECKING:
    from numpy.typing import NDArray


class DualEncoderHead(Head):
    """Scores are vectors of length 1 (B, H), from one tower for queries and candidates.

    The pooler starts fresh, as every head here; XTREME-R's scripts go on from the encoder's own.
    """

    def __init__(self, config: HeadConfig) -> None:
        super().__init__(config)
        self.pooler = Pooler(config)
        self.scale = nn.Parameter(torch.full((1,), 100.0))

    def forward(self, hidden: Tensor, batch: Batch) -> Tensor:
        """The vector of each sequence."""
        del batch
        return functional.normalize(self.pooler(hidden).float(), dim=-1)

    def loss(self, scores: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy, summed over pairs, of each query's right candidate among those of all pairs of the step.

        Only queries choose among candidates, not the other way round. Units are pairs: query, right candidate.
        """
        del batch
        # Times 100, rounded cosines would be off by tenths.
        with torch.autocast(scores.device.type, enabled=False):
            logits = self.scale.float() * (scores[0::2] @ scores[1::2].T)
        return functional.cross_entropy(logits, torch.arange(len(logits), device=logits.device), reduction="sum")

    def outputs(self, scores: Tensor, batch: Batch) -> Sequence[NDArray[np.float32]]:
        """The vectors (sequences, H) of each unit."""
        ends = batch["unit_sizes"].cumsum(0)[:-1].tolist()
        return np.split(scores.float().cpu().numpy(), ends)
