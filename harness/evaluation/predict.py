"""Run a model over encoded rows, longest batches first, and put the outputs back into the order of the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from harness.kinds.features import Features
from harness.modeling.heads.base import Batch, Head
from harness.modeling.model import TaskModel
from harness.training.batching import collate, cut_sorted
from harness.training.machine import use_threads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def outputs(
    scores: Callable[[str, Batch], torch.Tensor],
    head: Head,
    features: Features,
    *,
    pad_id: int,
    budget: int,
    device: torch.device,
) -> list[NDArray[np.float32]]:
    """The head's output of each unit, in the order of the units.

    Args:
        scores: gives the task head's scores of a batch.
        pad_id: the encoder's padding id.
        budget: tokens a batch, padding included.
    """
    found: dict[int, NDArray[np.float32]] = {}
    with torch.no_grad():
        for batch in cut_sorted(features, budget):
            tensors = collate(features, batch.units, pad_id, device)
            computed = scores(head.config.task, tensors)
            found.update(zip(batch.units.tolist(), head.outputs(computed, tensors), strict=True))
    return [found[unit] for unit in range(len(features))]


class Predictor:
    """A loaded checkpoint that scores batches on this machine's device.

    Args:
        model: encoder and heads.
        precision: "fp32" or "bf16".
    """

    def __init__(self, model: TaskModel, precision: str) -> None:
        use_threads(model.encoder.config.hidden_size)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.to(self.device).eval()
        self.precision = precision

    def scores(self, task: str, batch: Batch) -> torch.Tensor:
        """The task head's scores of a batch."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            result: torch.Tensor = self.model(task, batch, scores=True)
        return result
