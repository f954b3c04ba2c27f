"""Values of raw records that several tasks read, and what they may not be."""

from __future__ import annotations

from typing import Any

import harness

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
