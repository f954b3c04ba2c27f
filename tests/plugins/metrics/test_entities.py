"""Entities whose types may hold hyphens."""

from __future__ import annotations

import random

import pytest
from harness_plugins.metrics.entities import count_entities, find_entities
from harness_plugins.metrics.spans import find_spans

from tests.raising import raises_code


@pytest.mark.parametrize(
    ("tags", "entities"),
    [
        # Types that end alike stay apart, as do neighbouring ones.
        ("B-loc-city I-loc-city I-org-city", [("loc-city", 0, 2), ("org-city", 2, 3)]),
        ("B-PER I-PER O B-PER B-PER", [("PER", 0, 2), ("PER", 3, 4), ("PER", 4, 5)]),
        ("O I-PER I-PER I-LOC O", [("PER", 1, 3), ("LOC", 3, 4)]),
        # IOBES and BILOU.
        ("B-A I-A E-A S-A E-A", [("A", 0, 3), ("A", 3, 4), ("A", 4, 5)]),
        ("B-A I-A L-A U-A L-A", [("A", 0, 3), ("A", 3, 4), ("A", 4, 5)]),
        # Types without prefix, whatever letter they begin with, and prefixes without type.
        ("ORG ORG SYM SYM NOUN O other", [("ORG", 0, 2), ("SYM", 2, 4), ("NOUN", 4, 5), ("other", 6, 7)]),
        ("geo-city geo-city geo-river", [("geo-city", 0, 2), ("geo-river", 2, 3)]),
        ("B I O B B", [("", 0, 2), ("", 3, 4), ("", 4, 5)]),
        ("B-O O I-O", [("O", 0, 1), ("O", 2, 3)]),
        ("", []),
    ],
)
def test_entities(tags: str, entities: list[tuple[str, int, int]]) -> None:
    assert find_entities(tags.split()) == entities


@pytest.mark.parametrize("tag", ["b-PER", "X-PER", "O-PER"])
def test_a_letter_that_is_no_prefix_is_refused(tag: str) -> None:
    with raises_code("no-prefix", tag):
        find_entities(["O", tag])


def test_the_same_as_span_f1_where_types_have_no_hyphen() -> None:
    draw = random.Random(1)
    tags = ["O", *(f"{prefix}-{kind}" for prefix in "BIES" for kind in ("PER", "LOC"))]
    for _ in range(2000):
        sentence = draw.choices(tags, k=draw.randint(1, 8))
        assert find_entities(sentence) == find_spans(sentence), sentence


def test_counts_of_each_sentence() -> None:
    gold = [["B-loc-city", "I-loc-city"], ["O", "B-org-city"]]
    predicted = [["B-org-city", "I-org-city"], ["O", "B-org-city"]]
    assert count_entities({"prediction": predicted, "gold": gold}) == [(0, 1, 1), (1, 1, 1)]
    with pytest.raises(ValueError, match="2 predicted tags for 1"):
        count_entities({"prediction": [["O", "O"]], "gold": [["O"]]})
