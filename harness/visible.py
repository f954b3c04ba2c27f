"""Text from outside made visible: characters that are obeyed instead of shown, such as escape, as their codes."""

from __future__ import annotations

import re

HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters (C0, DEL, C1), separators of lines, what overrides the direction of text (Unicode Technical
Report 36, section 2.10), and halves of surrogate pairs, which no file can hold. Marks of direction and joiners are
letters of texts in many languages, and stay."""

IN_ASCII = {"±": "+/-", "…": "..."}
"""What is shown for characters that an encoding lacks."""

_BREAKS = "\n\t"


def visible(text: str, *, lines: bool = False) -> str:
    r"""A text without what is hidden in it: an escape character is `\u001b`.

    In a text that is JSON nothing changes but how it is written: these are JSON's own escapes.

    Args:
        lines: whether breaks of lines, and tabs, stay: of a text that this program has laid out in lines.
    """
    return HIDDEN.sub(lambda found: found[0] if lines and found[0] in _BREAKS else f"\\u{ord(found[0]):04x}", text)


def in_a_line(text: str) -> str:
    """A text without breaks of lines, and without what is hidden in it."""
    return visible(" ".join(text.split()))


def in_encoding(text: str, encoding: str) -> str:
    """A text with `IN_ASCII` for what an encoding lacks, so that it is known how wide it will be."""
    for character, plain in IN_ASCII.items():
        if character in text:
            try:
                character.encode(encoding)
            except UnicodeEncodeError:
                text = text.replace(character, plain)
    return text
