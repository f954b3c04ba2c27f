"""Where the tokens of a context stand in it, and which characters without a token an answer takes along."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Encoding

# Ranges, since those of `unicodedata` grow with Python's version, and digests depend on them.
_DROPPABLE = (
    r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ue000-\uf8ff\ufeff\ufff9-\ufffb\ufffd"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0001\U000e0020-\U000e007f\U000f0000-\U000ffffd\U00100000-\U0010fffd"
)
DROPPABLE = re.compile(f"[{_DROPPABLE}]")
"""What normalisers may drop: control and format characters (zero-width space, soft hyphen, direction marks), characters
of private use and U+FFFD; combining marks aside."""
_AROUND = re.compile(rf"\A[\s{_DROPPABLE}]+|[\s{_DROPPABLE}]+\Z")
BYTE_ORDER_MARK = "\ufeff"
OPENING = ("Ps", "Pi")
"""Categories of brackets and quotation marks that belong to what follows them."""


@dataclass(frozen=True, slots=True)
class Places:
    """Of each token in the context, the character it begins at and the one after its last; -1 for all other tokens."""

    starts: list[int]
    ends: list[int]


def has_droppable(context: str) -> bool:
    """Whether any character of a context is one that normalisers may drop."""
    return DROPPABLE.search(context) is not None


def token_places(encoding: Encoding, context: str) -> Places:
    """The places of the tokens of a window: without what surrounds them, with the combining marks that follow."""
    starts, ends = [], []
    for sequence, (start, end) in zip(encoding.sequence_ids, encoding.offsets, strict=True):
        visible = _visible(context[start:end]) if sequence == 1 else ""
        begin = context.index(visible, start) if visible else -1
        starts.append(begin)
        ends.append(_behind_marks(context, begin + len(visible)) if visible else -1)
    return Places(starts, ends)


def with_dropped(windows: Sequence[Places], context: str) -> list[Places]:
    """The places of the tokens of all windows of a context, with the characters around them that have no token.

    A dropped character belongs to the token before it, as behind a footnote's number or a word that is written from
    right to left; to the one behind it only where white space, an opening bracket or nothing stands before. A byte
    order mark at the beginning belongs to none.
    """
    dropped = {found.start() for found in DROPPABLE.finditer(context)}
    if not dropped:
        return list(windows)
    for window in windows:
        for start, end in zip(window.starts, window.ends, strict=True):
            dropped.difference_update(range(start, end))
    return [
        Places(
            [_start_with_dropped(context, start, dropped) for start in window.starts],
            [_end_with_dropped(context, end, dropped) for end in window.ends],
        )
        for window in windows
    ]


def _visible(text: str) -> str:
    """What of a token's text an answer may begin and end with.

    Some tokenizers count the blank before a word to its first token, also one that was another character before.
    """
    return _AROUND.sub("", text) or text.strip()


def _behind_marks(context: str, end: int) -> int:
    """The end of a piece of text moved behind the combining marks that follow: normalisers may drop or merge them."""
    while end < len(context) and unicodedata.category(context[end]).startswith("M"):
        end += 1
    return end


def _end_with_dropped(context: str, end: int, dropped: set[int]) -> int:
    while end in dropped:
        end = _behind_marks(context, end + 1)
    return end


def _start_with_dropped(context: str, start: int, dropped: set[int]) -> int:
    begin = start
    while begin - 1 in dropped:
        begin -= 1
    if begin == start:
        return start
    if begin == 0:
        return int(context.startswith(BYTE_ORDER_MARK))
    before = context[begin - 1]
    return begin if before.isspace() or unicodedata.category(before) in OPENING else start
