"""Head of image-fill-mask: that of fill-mask, and a map from an image's vector to what stands before the caption."""

from __future__ import annotations

from torch import Tensor, nn

from harness.kindkit import IMAGE, Batch, FillMaskHead, HeadConfig


class ImageFillMaskHead(FillMaskHead):
    """The image is one token among the others: all layers read it (as in VisualBERT, Li et al. 2019, section 3.1).

    The head for masked tokens is the encoder's own where it has one, so that only the image's map starts fresh.
    """

    def __init__(self, config: HeadConfig) -> None:
        super().__init__(config)
        if size := config.sizes.get(IMAGE):
            self.norm = nn.LayerNorm(size)
            self.projection = nn.Linear(size, config.embedding_size or config.hidden_size)

    def embedded(self, embeddings: nn.Module, batch: Batch) -> Tensor | None:
        """The tokens' embeddings, with those of images at their places; None without images."""
        if IMAGE not in batch:
            return None
        tokens: Tensor = embeddings(batch["input_ids"])
        images: Tensor = self.projection(self.norm(batch[IMAGE])).to(tokens.dtype)
        return tokens.masked_scatter((batch["image_place"] == 1)[..., None], images)
