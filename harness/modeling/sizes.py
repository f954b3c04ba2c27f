"""How many bytes the parts of an encoder take in a checkpoint: by the headers of its files, or by its shape."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from harness.modeling.shape import Shape, typed_tensors, weight_files

BYTES_PER_WEIGHT = 4
"""Weights are float32 in a checkpoint, whatever they were in the model that training started from."""

WHOLE_NUMBERS = {"BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "I32": 4, "U32": 4, "I64": 8, "U64": 8}
"""Bytes of what is no weight and stays as it is."""

EMBEDDINGS = re.compile(r"^(?P<prefix>(\w+\.)*?)embeddings\.")
"""Names of the tensors below the first layer; before them may stand the encoder's name, as "roberta."."""
WEIGHTS = (".safetensors", ".bin", ".h5", ".msgpack", ".pt", ".ot")
LAYER = re.compile(r"\.\d+\.")


@dataclass(frozen=True)
class PartSizes:
    """Bytes of an encoder's parts.

    Attributes:
        embeddings: everything below the first layer.
        layer: one of its layers.
        other: what is neither.
    """

    embeddings: int
    layer: int
    other: int = 0


def sizes_in(directory: Path, layers: int) -> PartSizes:
    """Of the encoder in a model directory, heads of the model's own left out.

    Raises:
        SettingsError: its files are not whole.
    """
    found = {name: _bytes(*tensor) for file in weight_files(directory) for name, tensor in typed_tensors(file).items()}
    prefix = next((match["prefix"] for match in map(EMBEDDINGS.match, found) if match), "")
    parts: Counter[str] = Counter()
    for name, size in found.items():
        if name.startswith(prefix) and "pooler" not in name:
            parts["embeddings" if EMBEDDINGS.match(name) else "layers" if LAYER.search(name) else "other"] += size
    return PartSizes(parts["embeddings"], parts["layers"] // layers, parts["other"])


def sizes_of(shape: Shape) -> PartSizes:
    """Of an encoder that is not there yet."""
    width = shape.embedding_size or shape.hidden_size
    embeddings = min(shape.parameters, (shape.vocabulary + shape.positions + 2) * width)
    return PartSizes(embeddings * BYTES_PER_WEIGHT, (shape.parameters - embeddings) * BYTES_PER_WEIGHT // shape.layers)


def sizes_beside(directory: Path) -> tuple[int, ...]:
    """Of each file of a model directory that holds no weights."""
    return tuple(path.stat().st_size for path in directory.iterdir() if path.is_file() and path.suffix not in WEIGHTS)


def _bytes(dtype: str, shape: tuple[int, ...]) -> int:
    return math.prod(shape) * WHOLE_NUMBERS.get(dtype, BYTES_PER_WEIGHT)
