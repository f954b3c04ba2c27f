"""What a phase does with its encoder: parts that it leaves as they are, activations that it does not keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from harness.errors import SettingsError
from harness.hyper import Hyper

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def prepare(encoder: PreTrainedModel, hyper: Hyper) -> None:
    """Make an encoder ready for a phase, before its optimiser is built.

    Raises:
        SettingsError: what the hyper-parameters ask for cannot be done with this encoder.
    """
    freeze(encoder, embeddings=hyper.freeze_embeddings, layers=hyper.freeze_layers)
    if hyper.gradient_checkpointing:
        checkpoint_gradients(encoder)


def freeze(encoder: PreTrainedModel, *, embeddings: bool, layers: int) -> None:
    """Take parts of an encoder out of training: no gradient, no optimiser state, no weight decay.

    Args:
        embeddings: the whole embedding layer, positions and its norm included.
        layers: so many of the layers above it, the lowest first.

    Raises:
        SettingsError: the encoder has its layers in a form that is not known, or shares their weights.
    """
    if embeddings:
        embedding_of(encoder).requires_grad_(False)  # noqa: FBT003  (torch's own signature)
    if layers:
        for layer in layers_of(encoder)[:layers]:
            layer.requires_grad_(False)  # noqa: FBT003  (as above)


def embedding_of(encoder: PreTrainedModel) -> nn.Module:
    """Everything between token ids and the first layer; token embeddings alone where an encoder has no such part."""
    found = getattr(encoder, "embeddings", None)
    return found if isinstance(found, nn.Module) else encoder.get_input_embeddings()


def layers_of(encoder: PreTrainedModel) -> nn.ModuleList:
    """An encoder's layers, the lowest first.

    Raises:
        SettingsError: there is no list of so many layers as the configuration says.
    """
    number = encoder.config.num_hidden_layers
    for module in encoder.modules():
        if isinstance(module, nn.ModuleList) and len(module) == number:
            return module
    raise SettingsError(
        f"layers of a model of type {encoder.config.model_type} cannot be frozen one by one",
        code="cannot-freeze-layers",
        where="freeze_layers",
        fix="use freeze_embeddings, or a model such as XLM-R or BERT",
    )


def checkpoint_gradients(encoder: PreTrainedModel) -> None:
    """Have an encoder compute activations again in the backward pass instead of keeping them.

    Raises:
        SettingsError: its code cannot.
    """
    if not encoder.supports_gradient_checkpointing:
        raise SettingsError(
            f"a model of type {encoder.config.model_type} cannot compute activations again in the backward pass",
            code="cannot-checkpoint-gradients",
            where="gradient_checkpointing",
            fix="leave it out, and lower token_budget instead",
        )
    # Newer versions of transformers have another name for it.
    enable = getattr(encoder, "activation_checkpointing_enable", None) or encoder.gradient_checkpointing_enable
    enable({"use_reentrant": False})
    # Only reentrant checkpoints need gradients at the input; here they would go down through frozen layers for nothing.
    encoder.disable_input_require_grads()  # type: ignore[no-untyped-call]
