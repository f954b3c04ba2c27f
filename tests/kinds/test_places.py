"""Which characters without a token belong to the tokens around them."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kinds.places import DROPPABLE, Places, with_dropped

TEXTS = st.text(st.sampled_from([*"ab(»« .\n", "\u200b", "\u200e", "\u00ad", "\ufeff", "\u0301"]))


def words(context: str, *ranges: tuple[int, int]) -> list[str]:
    (places,) = with_dropped([Places(*map(list, zip(*ranges, strict=True)))], context)
    return [context[start:end] for start, end in zip(places.starts, places.ends, strict=True)]


def test_what_may_be_dropped_is_what_unicode_calls_control_format_or_private() -> None:
    kinds = {unicodedata.category(found) for found in map(chr, range(sys.maxunicode + 1)) if DROPPABLE.match(found)}
    # Some are of a later Unicode than some versions of Python have.
    assert {"Cc", "Cf", "Co", "So"} <= kinds <= {"Cc", "Cf", "Co", "So", "Cn"}
    every = (chr(i) for i in range(sys.maxunicode + 1) if unicodedata.category(chr(i)) in {"Cc", "Cf", "Co"})
    assert [hex(ord(one)) for one in every if not one.isspace() and not DROPPABLE.match(one)] == []


@pytest.mark.parametrize(
    ("context", "ranges", "expected"),
    [
        ("a\u200b b", [(0, 1), (3, 4)], ["a\u200b", "b"]),
        ("a \u200bb", [(0, 1), (3, 4)], ["a", "\u200bb"]),
        ("a\u200bb", [(0, 1), (2, 3)], ["a\u200b", "b"]),
        ("(\u200eb", [(0, 1), (2, 3)], ["(\u200e", "\u200eb"]),
        ("«\u200eb", [(0, 1), (2, 3)], ["«\u200e", "\u200eb"]),
        ("\u200e\u200bb\u200b\u200e", [(2, 3)], ["\u200e\u200bb\u200b\u200e"]),
        ("\ufeffb", [(1, 2)], ["b"]),
        ("\ufeff\u200bb", [(2, 3)], ["\u200bb"]),
        ("a \ufeffb", [(0, 1), (3, 4)], ["a", "\ufeffb"]),
        ("b", [(0, 1)], ["b"]),
        # It has a token of its own.
        ("a\u200b b", [(0, 1), (1, 2), (3, 4)], ["a", "\u200b", "b"]),
        # Behind white space it is nobody's.
        ("a \u200b b", [(0, 1), (4, 5)], ["a", "b"]),
    ],
)
def test_dropped_characters_belong_to_the_tokens_around_them(
    context: str, ranges: list[tuple[int, int]], expected: list[str]
) -> None:
    assert words(context, *ranges) == expected


def test_a_character_with_a_token_in_another_window_is_not_dropped() -> None:
    first, second = Places([-1, 0, -1], [-1, 1, -1]), Places([-1, 1, -1], [-1, 2, -1])
    assert with_dropped([first, second], "a\u200b") == [first, second]
    assert with_dropped([first], "a\u200b") == [Places([-1, 0, -1], [-1, 2, -1])]


@given(TEXTS)
def test_places_only_grow_and_by_dropped_characters_and_marks(context: str) -> None:
    ranges = [(i, i + 1) for i, one in enumerate(context) if one in "ab(»«."]
    before = Places([-1, *(start for start, _ in ranges)], [-1, *(end for _, end in ranges)])
    (after,) = with_dropped([before], context)
    assert (after.starts[0], after.ends[0]) == (-1, -1)
    for (start, end), begin, last in zip(ranges, after.starts[1:], after.ends[1:], strict=True):
        assert begin <= start < end <= last
        assert not set(context[begin:start]) - set("\u200b\u200e\u00ad\ufeff")
        assert not set(context[end:last]) - set("\u200b\u200e\u00ad\ufeff\u0301")
