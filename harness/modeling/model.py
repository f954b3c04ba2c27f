"""An encoder with one head a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import Tensor, nn

from harness.modeling.heads.base import Batch, Head

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class TaskModel(nn.Module):
    """The shared encoder and the heads of the tasks being trained or predicted.

    Args:
        encoder: a Hugging Face encoder that returns `last_hidden_state` and, on request, `hidden_states`.
        heads: head of each task by name.
    """

    def __init__(self, encoder: PreTrainedModel, heads: Mapping[str, Head]) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = nn.ModuleDict(heads)
        for task in heads:
            self.head(task).tie(encoder.get_input_embeddings())
        self.token_types = getattr(encoder.config, "type_vocab_size", 0) > 1

    def head(self, task: str) -> Head:
        """The head of a task."""
        head = self.heads[task]
        assert isinstance(head, Head)
        return head

    def forward(self, task: str, batch: Batch, *, scores: bool = False) -> Tensor:
        """The task's loss summed over the batch, or its scores."""
        computed = self._scores(task, batch)
        return computed if scores else self.head(task).loss(computed, batch)

    def _scores(self, task: str, batch: Batch) -> Tensor:
        head = self.head(task)
        embedded = head.embedded(self.encoder.get_input_embeddings(), batch)
        read = {"input_ids": batch["input_ids"]} if embedded is None else {"inputs_embeds": embedded}
        inputs = {**read, "attention_mask": batch["attention_mask"]}
        if self.token_types:
            inputs["token_type_ids"] = batch["token_type_ids"]
        layer = head.hidden_layer
        output = self.encoder(**inputs, output_hidden_states=layer is not None)
        hidden = output.last_hidden_state if layer is None else output.hidden_states[layer]
        scores: Tensor = head(hidden, batch)
        return scores
