"""What a normaliser does to characters, in the form that the library tokenizers reads from SentencePiece's models.

That form is a trie of UTF-8 keys as a double array of 32-bit units, behind its length in bytes and before the texts
that replace the keys, each with a zero byte behind it. A unit has its byte in the lowest 8 bits, whether a key ends
there in bit 8, and from bit 10 on what its own place is to be combined with (exclusive or) to get the place that its
children's bytes are counted from. Where a key ends, the unit at that place is the start of its text, with bit 31 set.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator, Mapping

KEY_ENDS, VALUE, OFFSET = 1 << 8, 1 << 31, 10
LONGEST = 5
"""Bytes of the longest key that is looked for: tokenizers takes longer groups of characters apart first."""
BYTES = 256
SEARCHED = 4 * BYTES
"""Last units among which free ones are looked for."""


def with_compositions(characters: Mapping[str, str]) -> dict[str, str]:
    """The same, and a letter with a combining mark becomes the character that stands for both, as in form NFC.

    Args:
        characters: what becomes of single characters; those that are not named stay.
    """
    changes = dict(characters)
    for character in map(chr, range(0x80, 0x10000)):
        parts = unicodedata.decomposition(character)
        sequence = "" if "<" in parts else "".join(chr(int(point, 16)) for point in parts.split())
        if len(sequence) > 1 and len(sequence.encode()) <= LONGEST:
            one = unicodedata.normalize("NFC", sequence)
            if one == character:
                changes[sequence] = characters.get(character, character)
    return changes


def compiled(changes: Mapping[str, str]) -> bytes:
    """A map of characters and short sequences as `tokenizers.normalizers.Precompiled` reads it."""
    texts, starts = bytearray(), dict[str, int]()
    for text in changes.values():
        if text not in starts:
            starts[text] = len(texts)
            texts += text.encode() + b"\0"
    units = _DoubleArray({key.encode(): starts[text] for key, text in changes.items()}).units
    return struct.pack(f"<I{len(units)}I", 4 * len(units), *units) + bytes(texts)


class _DoubleArray:
    """The units of a trie.

    Attributes:
        units: in the end as many as a byte can lead to from any of them.
    """

    def __init__(self, values: Mapping[bytes, int]) -> None:
        self.units = [0]
        self._taken = bytearray(b"\1")
        self._bases: set[int] = set()
        tree: dict[int, object] = {}
        for key, value in values.items():
            node = tree
            for byte in key:
                node = node.setdefault(byte, {})  # type: ignore[assignment]
            node[-1] = value
        waiting: list[tuple[int, dict[int, object]]] = [(0, tree)]
        while waiting:
            place, node = waiting.pop()
            waiting += self._add(place, node)

    def _add(self, place: int, node: dict[int, object]) -> Iterator[tuple[int, dict[int, object]]]:
        """Give the children of a node their places, and yield those that are nodes themselves."""
        ends = -1 in node
        labels = [0 if byte < 0 else byte for byte in node]
        base = self._base(labels)
        self.units[place] |= (place ^ base) << OFFSET | (KEY_ENDS if ends else 0)
        for byte, child in node.items():
            at = base ^ max(0, byte)
            if isinstance(child, dict):
                self.units[at] = byte
                yield at, child
            else:
                assert isinstance(child, int)
                self.units[at] = VALUE | child

    def _base(self, labels: list[int]) -> int:
        """A place to count from so that none of the children's places is taken; they are taken now."""
        # Of what lies further back hardly anything is free, and looking through it all each time takes a minute.
        free = max(1, len(self.units) - SEARCHED)
        while True:
            free = self._taken.find(0, free)
            if free < 0:
                free = len(self.units)
                self._extend(free)
            base = free ^ labels[0]
            places = [base ^ label for label in labels]
            self._extend(max(base, *places))
            if base not in self._bases and not any(self._taken[at] for at in places):
                break
            free += 1
        self._bases.add(base)
        for at in places:
            self._taken[at] = 1
        return base

    def _extend(self, place: int) -> None:
        """Whole blocks, so that no byte leads beyond the last unit."""
        lacking = (place // BYTES + 1) * BYTES - len(self.units)
        if lacking > 0:
            self.units += [0] * lacking
            self._taken += bytes(lacking)
