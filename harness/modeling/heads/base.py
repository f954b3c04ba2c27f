"""What a head is: the layers between an encoder and one task's outputs, and their loss."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from torch import Tensor, nn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Batch = dict[str, Tensor]
"""A padded micro-batch; see `harness.training.batching.collate`. Integers are int64, floats float32, booleans bool."""


NOT_OF_ALL = ("embedding_size", "settings", "sizes", "image_encoder")
"""Fields that heads.json names only where they say something."""


@dataclass(frozen=True, kw_only=True)
class HeadConfig:
    """What it takes to build a head, kept in a checkpoint beside its weights.

    Attributes:
        embedding_size: of the encoder's input embeddings, where it is not `hidden_size`.
        settings: those of the kind's own that its `head_with` names, where they are not the default.
        sizes: of the vectors of each of the features' tables, by its name.
        image_encoder: digest of what made vectors of images, where the features have some.
    """

    task: str
    head: str
    labels: tuple[str, ...]
    dropout: float
    hidden_size: int
    layers: int
    layer: int = 0
    pooling: str = "mean"
    vocabulary: int = 0
    embedding_size: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    image_encoder: str = ""

    def to_json(self) -> dict[str, Any]:
        """As written to a checkpoint's heads.json: all but the class, which a reader takes from the task's kind."""
        values = asdict(self)
        del values["head"]
        return {name: value for name, value in values.items() if value or name not in NOT_OF_ALL}

    @classmethod
    def from_json(cls, values: dict[str, Any], *, head: str) -> HeadConfig:
        """The inverse of `to_json`."""
        return cls(**{**values, "labels": tuple(values["labels"]), "head": head})


class Head(nn.Module, ABC):
    """Scores, loss and outputs of one task. Shapes use B sequences of L tokens, U units, H hidden size."""

    pretrained_names: ClassVar[tuple[Mapping[str, str], ...]] = ()
    """For each family of architectures, what a pretrained encoder's own files call this head's layers."""

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.config = config

    @property
    def hidden_layer(self) -> int | None:
        """The hidden layer this head reads; None for the last."""
        return None

    def tie(self, embeddings: nn.Module) -> None:
        """Called once with the encoder's input embeddings, for heads that share them."""
        del embeddings

    def embedded(self, embeddings: nn.Module, batch: Batch) -> Tensor | None:
        """What the encoder reads in place of tokens, (B, L, size of the embeddings); None where it reads `input_ids`.

        Args:
            embeddings: the encoder's input embeddings; called with ids, they give their vectors.
        """
        del embeddings, batch
        return None

    @abstractmethod
    def forward(self, hidden: Tensor, batch: Batch) -> Tensor:
        """Scores from hidden states (B, L, H)."""

    @abstractmethod
    def loss(self, scores: Tensor, batch: Batch) -> Tensor:
        """The loss summed over all targets of the batch; the caller divides by their number in the whole step."""

    @abstractmethod
    def outputs(self, scores: Tensor, batch: Batch) -> Sequence[NDArray[np.float32]]:
        """What the kind decodes, one array per unit. Not finite where its scores are not: such outputs are refused."""


class Pooler(nn.Module):
    """Dropout, dense layer, tanh, dropout over the first token, as in XLM-R's classification head."""

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.dropout = nn.Dropout(config.dropout)
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, L, H) to (B, H)."""
        first: Tensor = self.dropout(hidden[:, 0])
        pooled: Tensor = self.dropout(self.dense(first).tanh())
        return pooled


def build_head(config: HeadConfig) -> Head:
    """The head class that a configuration names, with fresh weights from torch's current seed."""
    module, _, name = config.head.partition(":")
    head: Head = getattr(importlib.import_module(module), name)(config)
    for layer in head.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)
    return head
