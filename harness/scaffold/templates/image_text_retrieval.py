"""image-text-retrieval: a picture of one colour, and captions of it; found by each other."""

from __future__ import annotations

from typing import Any

from harness.scaffold.samples import facts
from harness.scaffold.templates import Template, trained_on

SIZE = 16
"""Pixels of a picture's sides."""


def records(split: str, language: str) -> list[dict[str, Any]]:
    """A fact as a caption, with a picture that is the same in both languages; its content is written as digits."""
    return [
        {"caption": fact.sentence(language), "name": f"{split}-{fact.number}.bmp", "image": picture(fact.number).hex()}
        for fact in (facts(split) if trained_on(split, language) else [])
    ]


def picture(number: int) -> bytes:
    """The content of a BMP file: two colours that no other number has, side by side."""
    pixels = bytes((number * factor) % 256 for factor in (37, 59, 83))
    row = pixels * (SIZE // 2) + bytes(255 - value for value in pixels) * (SIZE // 2)
    size = SIZE.to_bytes(4, "little")
    header = (40).to_bytes(4, "little") + size + size + b"\x01\x00\x18\x00" + bytes(24)
    return (
        b"BM"
        + (54 + len(row) * SIZE).to_bytes(4, "little")
        + bytes(4)
        + (54).to_bytes(4, "little")
        + header
        + row * SIZE
    )


ROW = (
    'harness.CaptionRow(text=record["caption"], '
    'image=harness.Image(name=record["name"], content=bytes.fromhex(record["image"])))'
)

TEMPLATE = Template(row=ROW, metrics=("hit_rate_at_1", "caption_hit_rate_at_1", "ndcg_at_10"), records=records)
