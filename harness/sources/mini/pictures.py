"""Pictures of scenes: a glyph for each thing, in its colour and at its place, on a ground of pale tones, as PNG files.

Bytes are the same everywhere, as nothing is compressed: libraries differ in how they do that.
"""

from __future__ import annotations

import functools
import hashlib
import struct
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.rows import Image
from harness.sources.mini.vocabulary import COLOURS, KINDS

if TYPE_CHECKING:
    from harness.sources.mini.scenes import Scene

CELL = 16
"""Pixels of a place of the grid, each way."""
SIDE = 4 * CELL
GROUND = (255, 252, 249, 246)
"""Tones of the ground, all of them nearly white."""
TILES = (9, 8)
"""Across and down: a hash that finds near-duplicates compares the brightness of as many."""
INKS = ((0, 0, 0), (0, 190, 190), (190, 0, 190))
"""Black, teal and purple: no colours that captions tell, and none as bright as one of them, which would hide edges."""
PALETTE = (
    *((tone, tone, tone) for tone in GROUND),
    *INKS,
    *((255, 0, 0), (0, 0, 255), (0, 255, 0), (255, 255, 0)),
)
"""Red, green and blue of the ground's tones, of the inks, and of `COLOURS`."""

Mark = Callable[[int, int], int]
"""From a pixel's distances to the middle of a glyph to a number; marks are two pixels wide, and two apart."""
MARKS: dict[str, Mark] = {
    "animal": lambda _, y: y,
    "food": lambda x, _: x,
    "tool": lambda x, y: x + y,
    "clothing": lambda x, y: x - y,
    "vehicle": lambda x, y: max(abs(x), abs(y)),
    "furniture": lambda x, y: abs(x) + abs(y),
}
"""Each kind of thing has marks in one direction: lines across, down or aslant, squares or diamonds."""
KEPT = 4096
"""Pictures that a process keeps, some 4 kilobytes each: captions and languages share them."""
SIZES = (14, 10)
"""Pixels of a glyph each way: of a kind's first thing, of its second, and so on in turn."""


@functools.lru_cache(maxsize=KEPT)
def picture(scene: Scene) -> Image:
    """A picture of a scene; its name says the scene in words."""
    return Image(name=in_words(scene), content=png(_drawn(scene)))


def in_words(scene: Scene) -> str:
    """All that a picture shows but its ground: things, colours and places, by column and row from the upper left."""
    placed = sorted((scene.first, scene.second), key=lambda one: (one.row, one.column))
    return " and ".join(f"{one.colour} {one.thing} at {one.column + 1},{one.row + 1}" for one in placed)


def png(pixels: list[bytearray]) -> bytes:
    """A file of rows of pixels, each a byte that counts in `PALETTE`."""
    header = struct.pack(">IIBBBBB", len(pixels[0]), len(pixels), 8, 3, 0, 0, 0)
    # Before each row, the number of the filter that it went through: none.
    data = b"".join(b"\0" + row for row in pixels)
    stored = b"\x01" + struct.pack("<HH", len(data), len(data) ^ 0xFFFF) + data
    body = b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(data))
    palette = bytes(value for colour in PALETTE for value in colour)
    parts = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part)) for name, part in parts
    )


def _drawn(scene: Scene) -> list[bytearray]:
    pixels = _ground(scene)
    for placed in (scene.first, scene.second):
        glyph = _glyph(placed.thing, placed.colour)
        margin = (CELL - len(glyph)) // 2
        left, top = placed.column * CELL + margin, placed.row * CELL + margin
        for row, line in zip(pixels[top : top + len(glyph)], glyph, strict=True):
            row[left : left + len(line)] = line
    return pixels


def _ground(scene: Scene) -> list[bytearray]:
    """Tones that have nothing to do with what is told: two pictures of one scene in other places differ in them."""
    across, down = TILES
    bits = int.from_bytes(hashlib.sha256(in_words(scene).encode()).digest())
    tones = [bits >> 2 * tile & 3 for tile in range(across * down)]
    rows = [bytes(tones[row * across + x * across // SIDE] for x in range(SIDE)) for row in range(down)]
    return [bytearray(rows[y * down // SIDE]) for y in range(SIDE)]


@functools.cache
def _glyph(thing: str, colour: str) -> tuple[bytes, ...]:
    """Rows of pixels of a thing: half in its colour, half its kind's marks in an ink.

    Of a kind's six things two have the same ink, and another size.
    """
    (kind,) = (kind for kind, things in KINDS.items() if thing in things)
    place = KINDS[kind].index(thing)
    size, ink = SIZES[place % 2], len(GROUND) + place // 2
    body = len(GROUND) + len(INKS) + COLOURS.index(colour)
    middle = range(-size // 2, size // 2)
    return tuple(bytes(ink if MARKS[kind](x, y) & 2 == 0 else body for x in middle) for y in middle)
