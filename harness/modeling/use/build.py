"""The model `use-multilingual`: weights and vocabulary of a package, below transformer layers that start random."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.errors import SettingsError

WIDTH = 512
"""Of a state: fixed by the package's weights."""
SEED = 0
"""Of the new weights: like pretrained ones, they are the same for every seed of a run."""


def build(directory: Path, texts: Iterable[str], parameters: Mapping[str, Any]) -> None:
    """Write an ordinary Hugging Face directory.

    Args:
        directory: an existing, empty directory.
        texts: not read; the vocabulary is the package's.
        parameters: layers, heads, feed_forward, dropout.

    Raises:
        SettingsError: the sizes do not go together.
        PackageError: the package is missing, or carries other files.
    """
    del texts
    if WIDTH % (2 * parameters["heads"]):
        raise SettingsError(
            f"model.heads = {parameters['heads']}: a head must have an even part of the {WIDTH} numbers of a state",
            code="uneven-heads",
            fix="--set model.heads=8",
        )
    import torch

    from harness.modeling.checkpoints import quiet
    from harness.modeling.use.model import UseConfig, UseModel
    from harness.modeling.use.package import vocabulary, weights
    from harness.modeling.use.tokenizer import save_tokenizer

    arrays = weights()
    save_tokenizer(directory, vocabulary())
    config = UseConfig(
        num_hidden_layers=parameters["layers"],
        num_attention_heads=parameters["heads"],
        intermediate_size=parameters["feed_forward"],
        hidden_dropout_prob=parameters["dropout"],
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        model = UseModel(config)
    for name, buffer in model.embeddings.named_buffers():
        buffer.copy_(torch.from_numpy(arrays[name]))
    with quiet():
        model.save_pretrained(directory)
