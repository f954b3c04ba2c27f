"""Characters that are obeyed instead of shown, as their codes."""

from __future__ import annotations

import json

from harness.visible import HIDDEN, visible

EVIL = "\x1b]0;owned\x07\x1b[31m\x9b2J\u202eevil\u2066\x7f\u2028\u0085\r"
"""Sets the title of a terminal, clears its screen, turns text around, and goes back to the beginning of the line."""


def test_what_is_hidden_is_shown_as_its_code() -> None:
    assert visible("a\x1b[31m\u202eb\x9bc\x7f\n\t") == r"a\u001b[31m\u202eb\u009bc\u007f\u000a\u0009"
    assert visible("a\x1b\n\tb\r\n", lines=True) == "a\\u001b\n\tb\\u000d\n"
    # What languages are written with stays: joiners, marks of direction, soft hyphens, letters of any plane.
    plain = "نمی\u200cخواهم क्\u200dष עברית\u200f a\u00ad\u00a0b \U0001f600\ufeff"
    assert visible(plain) == plain


def test_json_that_is_made_visible_says_the_same() -> None:
    value = {"a\u202e": [EVIL, "\ud83d", "é\n"]}
    text = visible(json.dumps(value, ensure_ascii=False, indent=1), lines=True)
    assert json.loads(text) == value
    assert not HIDDEN.search(text.replace("\n", ""))
