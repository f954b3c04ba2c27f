"""Head of fill-mask: RoBERTa's language model head, one score a vocabulary id, at masked tokens only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.kinds.features import IGNORED
from harness.kinds.fill_mask import FillMask
from harness.modeling.heads.base import Batch, Head, HeadConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class FillMaskHead(Head):
    """Scores (M, vocabulary) of the M masked tokens in the order of the batch.

    Its output matrix is the encoder's input embeddings. Weights have the names of Hugging Face's `XLMRobertaLMHead`.
    RemBERT's own head has another output matrix, which is not in its published weights; it starts fresh here.
    """

    pretrained_names: ClassVar[tuple[Mapping[str, str], ...]] = FillMask.pretrained_names

    def __init__(self, config: HeadConfig) -> None:
        super().__init__(config)
        size = config.embedding_size or config.hidden_size
        self.dense = nn.Linear(config.hidden_size, size)
        self.layer_norm = nn.LayerNorm(size)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))

    def tie(self, embeddings: nn.Module) -> None:
        """Share the encoder's input embeddings."""
        # In a tuple, where torch does not see them: they are the encoder's to train and save. The module, not its
        # weight, because ZeRO 3 gathers a weight when it is asked for.
        self._embeddings = (embeddings,)

    def forward(self, hidden: Tensor, batch: Batch) -> Tensor:
        """One score a vocabulary id for each masked token."""
        (embeddings,) = self._embeddings
        transformed = self.layer_norm(functional.gelu(self.dense(hidden[batch["target"] != IGNORED])))
        return functional.linear(transformed, embeddings.weight, self.bias)  # type: ignore[arg-type]

    def loss(self, scores: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy summed over masked tokens."""
        return functional.cross_entropy(scores.float(), _masked(batch), reduction="sum")

    def outputs(self, scores: Tensor, batch: Batch) -> Sequence[NDArray[np.float32]]:
        """Id, most probable id and the id's log-probability of each masked token; (masked tokens, 3) a unit."""
        scores, gold = scores.float(), _masked(batch)
        log_probs = scores.gather(1, gold[:, None]).squeeze(1) - scores.logsumexp(1)
        # Ids are exact in float32 up to 2 ** 24.
        found = torch.stack([gold.float(), scores.argmax(1).float(), log_probs], dim=1).cpu()
        counts = (batch["target"] != IGNORED).sum(1).tolist()
        return [part.numpy() for part in torch.split(found, counts)]


def _masked(batch: Batch) -> Tensor:
    """Ids behind the masks; (M,)."""
    return batch["target"][batch["target"] != IGNORED]
