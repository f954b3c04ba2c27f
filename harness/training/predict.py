"""Run a model over encoded rows, longest batches first, and put the outputs back into the order of the rows.

Several ranks take turns with the batches. The batches are those of one rank, and so are the outputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from harness.kinds.features import Features
from harness.modeling.checkpoints import load_encoder
from harness.modeling.heads.base import Batch, Head
from harness.modeling.model import TaskModel
from harness.training import ranks
from harness.training.batching import collate, cut
from harness.training.machine import batch_overhead, free_gpu, kept_casts, use_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

Told = Callable[[int, int], None]
"""Called with how much is done, and of how much."""

GATHERED = 32
"""Batches a rank between two times that outputs go to rank 0."""


def outputs(
    scores: Callable[[str, Batch], torch.Tensor],
    head: Head,
    features: Features,
    *,
    pad_id: int,
    budget: int,
    device: torch.device,
    told: Told = lambda _done, _total: None,
) -> list[NDArray[np.float32]]:
    """The head's output of each unit, in the order of the units; collective, nothing on other ranks than 0.

    Args:
        scores: gives the task head's scores of a batch.
        pad_id: the encoder's padding id.
        budget: tokens a batch, padding included.
        told: called on rank 0 with the tokens that are computed, and with all of them, padding included.
    """
    team = ranks.team()
    overhead = batch_overhead(head.config.hidden_size, device)
    # Longest first: what does not fit into memory fails at once.
    batches = cut(features, np.arange(len(features)), budget, overhead)[::-1]
    turns = math.ceil(len(batches) / team.size)
    tokens = np.cumsum([0, *(batch.padded_tokens for batch in batches)]).tolist()
    found: dict[int, NDArray[np.float32]] = {}
    mine: dict[int, Sequence[NDArray[np.float32]]] = {}
    with torch.no_grad():
        for turn in range(turns):
            number = turn * team.size + team.rank
            # All ranks go through the model equally often, since ZeRO 3 collects its weights each time.
            tensors = collate(features, batches[min(number, len(batches) - 1)].units, pad_id, device)
            computed = scores(head.config.task, tensors)
            if number < len(batches):
                mine[number] = _marked(head.outputs(computed, tensors), computed)
            if (turn + 1) % GATHERED == 0 or turn + 1 == turns:
                for part in team.gather(mine):
                    for index, values in part.items():
                        found.update(zip(batches[index].units.tolist(), values, strict=True))
                mine = {}
            if team.rank == 0:
                told(tokens[min((turn + 1) * team.size, len(batches))], tokens[-1])
    return [found[unit] for unit in range(len(features))] if team.rank == 0 else []


def _marked(found: Sequence[NDArray[np.float32]], scores: torch.Tensor) -> Sequence[NDArray[np.float32]]:
    """Outputs of a batch, all of them not a number where some scores are, and no output says so.

    Minus infinity is no such score: heads give it to what is not to be chosen.
    """
    if not (scores.isnan().any() or scores.isposinf().any()) or not all(np.isfinite(one).all() for one in found):
        return found
    return [np.full_like(one, np.nan) for one in found]


def load_predictor(encoder: Path, make_head: Callable[[], Head], precision: str) -> Predictor:
    """The encoder of a checkpoint directory with a head."""
    loaded, _ = load_encoder(encoder)
    head = make_head()
    return Predictor(TaskModel(loaded, {head.config.task: head}), precision)


class Predictor:
    """A loaded checkpoint that scores batches on this machine's device.

    Args:
        model: encoder and heads.
        precision: "fp32" or "bf16".

    Attributes:
        told: called with the tokens that are computed, and with all of them; of rank 0 alone, as it is sent nowhere.
    """

    told: Told | None = None

    def __init__(self, model: TaskModel, precision: str) -> None:
        use_threads(model.encoder.config.hidden_size)
        free_gpu()
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.to(self.device).eval()
        self.precision = precision
        self._pad_id: int = self.model.encoder.config.pad_token_id or 0

    def scores(self, task: str, batch: Batch) -> torch.Tensor:
        """The task head's scores of a batch."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            result: torch.Tensor = self.model(task, batch, scores=True)
        return result

    def loss(self, task: str, features: Features, budget: int) -> float:
        """The task head's loss, summed over all targets, without dropout, on rank 0; collective."""
        head, team = self.model.head(task), ranks.team()
        overhead = batch_overhead(head.config.hidden_size, self.device)
        mine = 0.0
        with kept_casts(), torch.no_grad():
            for batch in cut(features, np.arange(len(features)), budget, overhead)[team.rank :: team.size]:
                tensors = collate(features, batch.units, self._pad_id, self.device)
                mine += float(head.loss(self.scores(task, tensors), tensors))
        return sum(team.gather(mine))

    def outputs(self, task: str, features: Features, budget: int) -> list[NDArray[np.float32]]:
        """See the function `outputs`."""
        with kept_casts():
            return outputs(
                self.scores,
                self.model.head(task),
                features,
                pad_id=self._pad_id,
                budget=budget,
                device=self.device,
                told=self.told or (lambda _done, _total: None),
            )
