"""Bytes of an encoder's parts, by the headers of its files alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file

from harness.modeling.checkpoints import load_encoder
from harness.modeling.shape import Shape
from harness.modeling.sizes import PartSizes, sizes_in, sizes_of
from harness.training.freezing import embedding_of, layers_of

if TYPE_CHECKING:
    from pathlib import Path


def test_parts_are_those_that_can_be_frozen(scratch: Path) -> None:
    encoder, _ = load_encoder(scratch)

    def size(module: torch.nn.Module) -> int:
        return 4 * sum(weight.numel() for weight in module.parameters())

    found = sizes_in(scratch, 2)
    assert found == PartSizes(size(embedding_of(encoder)), size(layers_of(encoder)[0]))
    assert found.embeddings + 2 * found.layer == size(encoder)


@pytest.mark.parametrize("prefix", ["", "roberta.", "model.encoder."])
def test_heads_of_the_model_s_own_do_not_count(prefix: str, tmp_path: Path) -> None:
    half = torch.zeros(10, 4, dtype=torch.float16)
    encoder = {
        "embeddings.word_embeddings.weight": half,
        "embeddings.table": torch.zeros(8, dtype=torch.uint8),
        "layers.0.out.weight": half[:4],
        "layers.1.out.weight": half[:4],
        "layers.1.rel_embeddings.weight": half[:2],
        "norm.weight": half[0],
        "pooler.dense.weight": half[:4],
    }
    heads = {"lm_head.bias": half[:, 0].clone()} if prefix else {}
    tensors = {f"{prefix}{name}": tensor.clone() for name, tensor in encoder.items()} | heads
    save_file(tensors, tmp_path / "model.safetensors", {"format": "pt"})
    # 40 weights as float32 and 8 bytes; (16 + 24) weights in two layers; 4 weights.
    assert sizes_in(tmp_path, 2) == PartSizes(4 * 40 + 8, 4 * 20, 4 * 4)


def test_what_is_not_there_goes_by_its_shape() -> None:
    shape = Shape(hidden_size=8, layers=2, positions=10, parameters=1000, vocabulary=50, embedding_size=4)
    assert sizes_of(shape) == PartSizes(4 * 62 * 4, (1000 - 62 * 4) * 4 // 2)
