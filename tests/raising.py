"""What tests of errors hold on to: the code of an error, and the names in it."""

from __future__ import annotations

import re

import pytest

from harness.errors import UserError

Refusal = tuple[str, ...]
"""A code and names, the arguments of `raises_code`."""


def raises_code(code: str, *names: object) -> pytest.RaisesExc[UserError]:
    """Like `pytest.raises`, for an error with a code.

    Args:
        names: words that must be in what the error says, where, or in how to fix it.
    """

    def check(error: UserError) -> bool:
        said = str(error)
        assert error.code == code, said
        assert [name for name in map(str, names) if not has_words(said, name)] == [], said
        return True

    return pytest.raises(UserError, check=check)


def has_words(text: str, words: str) -> bool:
    """Whether a text has these words, not only as parts of longer ones."""
    before = r"\b" if re.match(r"\w", words) else ""
    after = r"\b" if re.search(r"\w$", words) else ""
    return re.search(f"{before}{re.escape(words)}{after}", text) is not None
