"""The diagonal of the empirical Fisher information of an encoder for a task (TaskEmb, Vu et al. 2020, section 4).

Vu et al. fine-tune the whole model on each task before. Here one encoder is common to all tasks, and only a head is
fitted on it, as in Task2Vec (Achille et al. 2019): what differs is then the task, not how far it was trained. As there,
the information of all weights into one unit of a layer is averaged, or it would take as much room as the model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from harness.training.batching import collate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.kinds.features import Features
    from harness.modeling.model import TaskModel

EPOCHS, BATCH, LEARNING_RATE = 10, 32, 1e-3
"""How a head is fitted, by Adam."""


@dataclass(frozen=True)
class Information:
    """The diagonal, averaged over the weights into each unit.

    Attributes:
        values: float32 (P,), the parameters of one layer after the other's.
        offsets: int64 (L + 1,), layer l has the values from `offsets[l]` to `offsets[l + 1]`; the first has those that
            are in no numbered layer.
    """

    values: NDArray[np.float32]
    offsets: NDArray[np.int64]


def fit_head(model: TaskModel, task: str, features: Features, device: torch.device) -> None:
    """Train a head of a model whose encoder stays as it is, on batches of the features in an order drawn once."""
    model.encoder.requires_grad_(requires_grad=False)
    optimizer = torch.optim.Adam(model.head(task).parameters(), LEARNING_RATE)
    draw = np.random.default_rng(0)
    for _ in range(EPOCHS):
        order = draw.permutation(len(features))
        for start in range(0, len(order), BATCH):
            units = order[start : start + BATCH]
            optimizer.zero_grad()
            batch = collate(features, units, _pad_id(model), device)
            (model(task, batch) / max(1, int(features.weights[units].sum()))).backward()
            optimizer.step()
    model.encoder.requires_grad_()


def information(model: TaskModel, task: str, features: Features, device: torch.device) -> Information:
    """The mean over units of the squared gradient of a unit's mean loss, by the encoder's parameters.

    Tables of embeddings are left out: which tokens occur is no matter of the task.
    """
    tables = {id(one.weight) for one in model.encoder.modules() if isinstance(one, nn.Embedding)}
    named = [(name, one) for name, one in model.encoder.named_parameters() if id(one) not in tables]
    sums = [torch.zeros(len(one) if one.ndim else 1, device=device) for _, one in named]
    for unit in range(len(features)):
        batch = collate(features, np.asarray([unit]), _pad_id(model), device)
        loss = model(task, batch) / max(1, int(features.weights[unit]))
        gradients = torch.autograd.grad(loss, [one for _, one in named], allow_unused=True)
        for total, gradient in zip(sums, gradients, strict=True):
            if gradient is not None:
                total += gradient.reshape(len(total), -1).square().mean(1)
    layers: dict[int, list[NDArray[np.float32]]] = {}
    for (name, _), total in zip(named, sums, strict=True):
        layers.setdefault(_layer(name), []).append((total / len(features)).cpu().numpy())
    parts = [np.concatenate(layers.get(layer, [np.zeros(0, np.float32)])) for layer in range(max(layers) + 1)]
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    return Information(np.concatenate(parts), offsets.astype(np.int64))


def _layer(name: str) -> int:
    """The layer of a parameter, counted from 1 by the first number in its name; 0 where there is none."""
    found = re.search(r"\.(\d+)\.", f".{name}")
    return 1 + int(found[1]) if found else 0


def _pad_id(model: TaskModel) -> int:
    return model.encoder.config.pad_token_id or 0
