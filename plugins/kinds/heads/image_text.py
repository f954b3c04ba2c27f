"""Head of image-text-retrieval: captions and images as vectors of one space, which tell right pairs from wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.kindkit import IMAGE, Batch, Head, HeadConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TEMPERATURE = 0.07
"""Where the learned temperature begins (Radford et al. 2021, section 2.5)."""
LARGEST_SCALE = 100.0
"""Scores are multiplied by no more than this (likewise)."""


class ImageTextHead(Head):
    """Scores are vectors of length 1: of each caption (S, H), and then of each unit's image (U, H).

    A caption's vector is the mean of its tokens' states, without weights of its own, so that all that is learnt of
    captions is learnt by the encoder. An image's is a linear map of its frozen vector.
    """

    def __init__(self, config: HeadConfig) -> None:
        super().__init__(config)
        self.scale = nn.Parameter(torch.full((1,), 1 / TEMPERATURE).log())
        if size := config.sizes.get(IMAGE):
            self.norm = nn.LayerNorm(size)
            self.dropout = nn.Dropout(config.dropout)
            self.projection = nn.Linear(size, config.hidden_size)

    def forward(self, hidden: Tensor, batch: Batch) -> Tensor:
        """Vectors of the captions, and of the images where units have some."""
        mask = batch["attention_mask"][..., None].float()
        captions = (hidden.float() * mask).sum(1) / mask.sum(1)
        images = [self.projection(self.dropout(self.norm(batch[IMAGE]))).float()] if IMAGE in batch else []
        return functional.normalize(torch.cat([captions, *images]), dim=-1)

    def loss(self, scores: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of the right partner among those of the whole step, summed over units (InfoNCE).

        The mean of both directions: of each caption its image among the images and of each image its caption among the
        captions (Radford et al. 2021, figure 3); without images, of each caption the other one of its unit among all
        captions (Chen et al. 2020, equation 1). What is left out of a choice are images that look alike and captions of
        the same words.
        """
        units = len(batch["unit_sizes"])
        # Times 100, rounded cosines would be off by tenths.
        with torch.autocast(scores.device.type, enabled=False):
            scale = self.scale.float().exp().clamp(max=LARGEST_SCALE)
            if IMAGE in batch:
                logits = scale * (scores[:-units] @ scores[-units:].T)
                right = torch.arange(units, device=logits.device)
            else:
                logits = scale * (scores @ scores.T)
                right = torch.arange(len(scores), device=logits.device) ^ 1
        logits = logits.masked_fill(self._left_out(right, batch), -torch.inf)
        chosen = functional.cross_entropy(logits, right, reduction="sum")
        if IMAGE in batch:
            chosen = chosen + functional.cross_entropy(logits.T, right, reduction="sum")
        return chosen / 2

    def outputs(self, scores: Tensor, batch: Batch) -> Sequence[NDArray[np.float32]]:
        """Of each unit the vectors of its caption and of its image (2, H); without images, of its captions."""
        units = len(batch["unit_sizes"])
        captions = scores[: batch["input_ids"].shape[0]].reshape(units, -1, scores.shape[-1])
        images = scores[-units:, None] if IMAGE in batch else captions[:, :0]
        return list(torch.cat([captions, images], 1).float().cpu().numpy())

    def _left_out(self, right: Tensor, batch: Batch) -> Tensor:
        """Which pairs are no choice: like the right one but for being it; a caption and itself."""
        alike = batch["image_group"]
        texts = batch["text_groups"][:, :1] if IMAGE in batch else batch["text_groups"].reshape(-1, 1)
        if IMAGE not in batch:
            alike = alike.repeat_interleave(2)
        same = (alike[:, None] == alike) | (texts == texts.T)
        same[torch.arange(len(right), device=right.device), right] = False
        return same
