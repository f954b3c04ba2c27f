from __future__ import annotations

import pytest

from harness.errors import counted


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (0, "score", "0 scores"),
        (1, "training phase", "1 training phase"),
        (2, "query", "2 queries"),
        (1234, "row", "1,234 rows"),
    ],
)
def test_things_are_counted_in_words(number: int, noun: str, words: str) -> None:
    assert counted(number, noun) == words
