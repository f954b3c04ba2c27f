"""Whether an encoder can follow hyper-parameters: lengths, layers to read, parts to freeze."""

from __future__ import annotations

from harness.errors import SettingsError
from harness.hyper import Hyper
from harness.modeling.shape import Shape

LEAST_LENGTH = 8
"""The smallest `max_length`: room for special tokens, of which pairs have up to 4, and some text."""


def check_task(task: str, hyper: Hyper, shape: Shape, *, reads_layer: bool) -> None:
    """Refuse a task's hyper-parameters that the encoder cannot follow.

    Args:
        reads_layer: whether the task is predicted from the hidden layer that `layer` names.
    """
    if hyper.max_length > shape.positions:
        raise SettingsError(
            f"max_length = {hyper.max_length} of {task} exceeds the model's {shape.positions} positions",
            code="max-length-beyond-model",
            fix=f"--set tasks.{task}.max_length={shape.positions}; "
            f"if a preset says so, --set max_length={shape.positions}",
        )
    if hyper.max_length < LEAST_LENGTH:
        raise SettingsError(
            f"max_length = {hyper.max_length} of {task} leaves too little room beside special tokens",
            code="max-length-too-short",
            fix=f"set it to {LEAST_LENGTH} or more",
        )
    if reads_layer and hyper.layer > shape.layers:
        raise SettingsError(
            f"layer = {hyper.layer} of {task}, but the model has {shape.layers} layers",
            code="layer-beyond-model",
            fix="choose a layer that it has, or 0 for 14/24 of its depth",
        )


def check_frozen(phase: str, hyper: Hyper, shape: Shape) -> None:
    """Refuse to freeze layers that the encoder does not have, or all that an intermediate phase is for."""
    if hyper.freeze_layers > shape.layers:
        raise SettingsError(
            f"freeze_layers = {hyper.freeze_layers}, but the model has {shape.layers} layers",
            code="freeze-beyond-model",
            fix=f"set it to {shape.layers} or less",
        )
    if phase == "intermediate" and hyper.freeze_embeddings and hyper.freeze_layers == shape.layers:
        raise SettingsError(
            "an intermediate phase with the whole encoder frozen would hand over what it started from",
            code="encoder-all-frozen",
            fix="freeze fewer layers, or freeze them in the target phase alone: target.freeze_layers",
        )
