"""Marks left out that many writers leave out and readers supply: accents, Hebrew points, Arabic short vowels.

Vowel signs of Indic scripts, of Thai and their like are letters to readers, and so are й, ї and marks of kana.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from random import Random

import regex
from harness_plugins.perturbations.words import draw_number, shares_in_words

import harness

SHARES = (1 / 3, 2 / 3, 1.0)
"""Of the letters with marks that lose them, by severity."""

STROKES = str.maketrans("đĐłŁøØıħĦ", "dDlLoOihH")
"""Latin letters whose mark is part of them."""
HAMZA = str.maketrans("أإآ", "ااا")
"""What Arabic writers write without hamza or madda; in Urdu and Persian the madda is read."""
LONG_MARKS = regex.compile(r"[\p{Latin}\p{Greek}\p{Hebrew}\p{Arabic}]")
"""First letters of clusters that are read without any of their marks."""


def change(text: str, random: Random, language: str, severity: int) -> str:
    """The text with some of its marks left out."""
    letters = regex.findall(r"\X", text)
    plain = [_plain(letter, language) for letter in letters]
    places = [place for place, letter in enumerate(letters) if plain[place] != letter]
    for place in random.sample(places, draw_number(SHARES[severity - 1], len(places), random)):
        letters[place] = plain[place]
    return "".join(letters)


def _plain(letter: str, language: str) -> str:
    """A letter without those of its marks that readers can do without; itself where there is none."""
    parts = unicodedata.normalize("NFD", letter)
    if LONG_MARKS.match(parts):
        kept = [part for part in parts if not _is_mark(part) or _is_hamza(part)]
    elif parts[0] in "еЕ" or "\u0301" in parts[1:]:
        kept = [part for part in parts if part not in "\u0308\u0301"]
    else:
        return letter
    changed = "".join(kept).translate(STROKES)
    changed = unicodedata.normalize("NFC", changed)
    if language == "ar":
        changed = changed.translate(HAMZA)
    return letter if unicodedata.normalize("NFC", letter) == changed else changed


def _is_mark(part: str) -> bool:
    return unicodedata.category(part) == "Mn"


def _is_hamza(part: str) -> bool:
    """Hamza and madda, which make another letter of the one below."""
    return part in "\u0653\u0654\u0655"


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    """Register it."""
    register(
        harness.Perturbation(
            name="diacritics",
            description="accents, Hebrew points and Arabic short vowels left out; vowel signs of Indic and Thai stay",
            change=change,
            severities=shares_in_words(SHARES, "the letters with marks"),
        )
    )
