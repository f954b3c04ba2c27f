"""Punctuation and blanks at the edges of words: marks dropped, doubled or set apart by blanks, blanks doubled."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import regex
from harness_plugins.perturbations.words import draw_number

import harness

MARKS_HIT, BLANKS_HIT = (0.25, 0.5, 1.0), (0.1, 0.2, 0.4)
"""Shares of the marks and of the blanks that are hit, by severity."""

MARKS = regex.compile(r"[\p{P}--[%‰٪@#&*/\\]]+", regex.V1)
"""Runs of marks; not those that stand for words."""
PART_OF_WORD = regex.compile(r"[^\p{P}\s]|[%‰٪@#&*/\\]")


def change(text: str, random: Random, language: str, severity: int) -> str:
    """A text with some of its marks and blanks changed; words are neither joined nor parted."""
    pieces = _with_marks_changed(text, random, language, severity, apart=True)
    blanks = [place for place, letter in enumerate(text) if letter == " "]
    for place in random.sample(blanks, draw_number(BLANKS_HIT[severity - 1], len(blanks), random)):
        pieces[place] = "  "
    return "".join(pieces)


def change_word(text: str, random: Random, language: str, severity: int) -> str:
    """A word with a tag: no blanks are put into it."""
    return "".join(_with_marks_changed(text, random, language, severity, apart=False))


def _with_marks_changed(text: str, random: Random, language: str, severity: int, *, apart: bool) -> list[str]:
    """What stands for each character.

    Args:
        apart: whether blanks may be put around marks.
    """
    marks, pieces = _marks(text, language), list(text)
    has_words = bool(PART_OF_WORD.search(text))
    for place in random.sample(marks, draw_number(MARKS_HIT[severity - 1], len(marks), random)):
        ways = [text[place] * 2, *([""] if has_words else []), *([_apart(text, place)] if apart else [])]
        pieces[place] = random.choice(ways)
    return pieces


def _marks(text: str, language: str) -> list[int]:
    """Where marks are that are no part of a word, such as an apostrophe or the point of a number."""
    with_blanks = harness.has_blanks_between_words(language)
    found: list[int] = []
    for run in MARKS.finditer(text):
        before, after = text[: run.start()][-1:], text[run.end() :][:1]
        inside = with_blanks and PART_OF_WORD.match(before) and PART_OF_WORD.match(after)
        signed = after.isdecimal() or (before.isdecimal() and after.isalnum())
        if not inside and not signed:
            found += range(run.start(), run.end())
    return found


def _apart(text: str, place: int) -> str:
    """A mark with a blank where none is."""
    before, after = text[:place][-1:], text[place + 1 :][:1]
    return f"{' ' if before.strip() else ''}{text[place]}{' ' if after.strip() else ''}"


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    """Register it."""
    shares = zip(MARKS_HIT, BLANKS_HIT, strict=True)
    first, second, third = (f"{100 * marks:.0f} % of marks, {100 * blanks:.0f} % of blanks" for marks, blanks in shares)
    register(
        harness.Perturbation(
            name="punctuation",
            description="punctuation dropped, doubled or set apart by blanks, blanks doubled; words stay words",
            change=change,
            change_word=change_word,
            severities=(first, second, third),
        )
    )
