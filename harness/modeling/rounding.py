"""A checkpoint in bfloat16: the same files with every weight rounded to the nearest such number."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from harness.modeling.shape import CONFIG, INDEX, WEIGHTS, read_config, weight_files
from harness.modeling.sharing import Pool
from harness.modeling.weights import FORMAT, place_shared, shared_files, write_index

LEFT = "manifest.json"


def round_checkpoint(checkpoint: Path, directory: Path, pool: Pool) -> None:
    """Write a checkpoint with rounded weights, which loads as any other; what it shares with others stays shared.

    Args:
        checkpoint: as `save_checkpoint` writes it.
        directory: existing and empty.
    """
    files, shared = weight_files(checkpoint), shared_files(checkpoint)
    heads = sorted(checkpoint.glob("head-*.safetensors"))
    written = {LEFT, CONFIG, INDEX, WEIGHTS, *(file.name for file in (*files, *heads))}
    for path in checkpoint.iterdir():
        if path.is_file() and path.name not in written:
            pool.copy(path, directory / path.name)
    places: dict[str, str] = {}
    size = 0
    for number, file in enumerate(files):
        part = _rounded(file)
        if number < shared:
            place_shared(part, directory / file.name, pool)
        else:
            save_file(part, directory / file.name, FORMAT)
        places |= dict.fromkeys(part, file.name)
        size += sum(tensor.numel() * tensor.element_size() for tensor in part.values())
    if (checkpoint / INDEX).is_file():
        write_index(directory, places, size, shared=shared)
    for head in heads:
        save_file(_rounded(head), directory / head.name)
    config = read_config(checkpoint)
    named = "dtype" if "dtype" in config or "torch_dtype" not in config else "torch_dtype"
    (directory / CONFIG).write_text(json.dumps(config | {named: "bfloat16"}, indent=2))


def _rounded(file: Path) -> dict[str, torch.Tensor]:
    """Tensors of a file; whole numbers stay as they are."""
    return {
        name: tensor.to(torch.bfloat16) if tensor.is_floating_point() else tensor
        for name, tensor in load_file(file).items()
    }
