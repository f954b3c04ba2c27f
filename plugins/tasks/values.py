"""Values of raw records that several tasks read, and what they may not be."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import harness

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHECKED = 2
"""Version of the rules for rows that these functions are."""


def second_text(value: str | None) -> str:
    """The second text of a pair.

    Raises:
        BadRow: there is none: the first would be read as a text by itself.
    """
    if value is None:
        raise harness.BadRow("the pair has no second text", since=CHECKED)
    return value


def number_as_id(value: Any) -> str:
    """An id that datasets write as a number, or their copies as text.

    Raises:
        BadRow: it is neither, such as null.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise harness.BadRow(f"the id {value!r} is neither a number nor a text", since=CHECKED)
    return str(value)


IMAGE_METRICS = (
    *("hit_rate_at_1", "hit_rate_at_5", "hit_rate_at_10", "caption_hit_rate_at_1", "caption_hit_rate_at_5"),
    *("caption_hit_rate_at_10", "ndcg_at_10", "caption_ndcg_at_10", "median_rank"),
)
"""What tasks with images and captions are scored by."""


def caption_pair(record: harness.Record) -> harness.SentenceRow:
    """One side of a pair of captions: English ones are asked about (side "source"), others are searched ("target")."""
    return harness.SentenceRow(text=record["text"], side=record["side"], key=record["key"], matches=(record["match"],))


def captions_of_hub(number: int, record: harness.Record) -> Iterator[harness.Record]:
    """The captions of an image, one each, of mteb's tables with an image and all its captions in a row."""
    del number
    for caption in record["captions"]:
        yield {"id": record["image_id"], "text": caption, "image": record["image"]}


def hub_caption(record: harness.Record) -> harness.CaptionRow:
    """One of them as a row."""
    image = harness.Image(name=record["id"], content=image_content(record["image"]))
    return harness.CaptionRow(id=record["id"], text=record["text"], image=image)


def image_content(stored: Mapping[str, Any]) -> bytes:
    """What is in an image's file, of a table with images; one piece of memory for all tables that have the image.

    Raises:
        BadRow: there is nothing.
    """
    content = stored["bytes"]
    if not content:
        raise harness.BadRow("the table has no content of the image")
    return _contents.setdefault(hashlib.sha256(content).digest(), content)


_contents: dict[bytes, bytes] = {}
"""By their SHA-256; captions in other languages come with the same images."""
