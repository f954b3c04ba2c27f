"""The memory of steps that go through a model as one batch, whatever `token_budget`: estimated from sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.planning import estimates

if TYPE_CHECKING:
    from harness.modeling.shape import Shape
    from harness.planning.data import Data
    from harness.planning.stages.training import Trained

NUMBER = 4
"""Bytes of a float32."""
STATES = 10
"""Of a token in a layer, states as long as the hidden size that are kept for the backward pass; 8 without dropout."""
INNER = 2
"""Likewise, states as long as the feed-forward layer is wide: before and after its activation."""
WIDER = 4
"""How many times as wide as the hidden size that layer is in nearly all encoders."""
ATTENDED = 3
"""Numbers kept of each pair of tokens and head; none without dropout."""
HEAD_SIZE = 64
"""Of a head of attention, in nearly all encoders."""
OPTIMISED = 4
"""Numbers of a weight that is trained: itself, its gradient, and two moments."""


@dataclass(frozen=True)
class WholeStep:
    """A step of a task that goes through the model as one batch.

    Attributes:
        sequences: of the step.
        tokens: of the longest sequence, to which all are padded.
        states: bytes that are kept for the backward pass.
        weights: bytes of weights, gradients and moments.
    """

    task: str
    sequences: int
    tokens: int
    states: int
    weights: int


def whole_steps(data: Data, phase: Trained) -> Iterator[WholeStep]:
    """Each task of a phase whose steps stay together, with what a step takes."""
    shape = phase.origin.shape
    for rows in phase.tasks:
        kind = data.registry.kind(data.registry.task(rows.task).kind)
        if kind.whole_step:
            sequences = round(phase.hyper.batch_size * estimates.sequences_of_unit(data, rows))
            tokens = math.ceil(estimates.longest_sequence(data, rows))
            frozen = shape.parameters - shape.multiplied if phase.hyper.freeze_embeddings else 0
            weights = NUMBER * (frozen + OPTIMISED * (shape.parameters - frozen))
            yield WholeStep(rows.task, sequences, tokens, _states(shape, sequences, tokens), weights)


def _states(shape: Shape, sequences: int, tokens: int) -> int:
    """Bytes of the states that a backward pass needs, of an encoder with dropout."""
    hidden = shape.hidden_size
    per_token = STATES * hidden + INNER * _width(shape) + ATTENDED * tokens * max(1, hidden // HEAD_SIZE)
    return NUMBER * sequences * tokens * shape.layers * per_token


def _width(shape: Shape) -> int:
    """Of the feed-forward layers: what is left of a layer's weights beside four square matrices of attention."""
    hidden = shape.hidden_size
    left = (shape.multiplied / shape.layers - 4 * hidden**2) / (2 * hidden)
    # Layers that share their weights leave nothing.
    return round(left) if left >= hidden else WIDER * hidden
