"""Typing errors: letters swapped, dropped, doubled, or hit beside on the keyboard of their script.

A letter is what readers take for one, such as a letter with its accents or a consonant with its vowel sign.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import regex

import harness

SHARES = (0.03, 0.06, 0.12)
"""Of the letters that are hit, by severity."""

KEYBOARDS = (
    ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
    (" ςερτυθιοπ", "ασδφγηξκλ", "ζχψωβνμ"),
    ("ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤر ىةوزظ"),
    ("  קראטוןםפ", "שדגכעיחלךף", "זסבהנמצתץ"),
    ("     बहगदजड", "     परकतचट", "  मनवलस  य"),
    ("ქწერტყუიოპ", "ასდფგჰჯკლ", "ზხცვბნმ"),
    ("ๆไ พะ  รนยบล", "ฟหกดเ  าสวง", "ผปแอ  ทมใฝ"),
    ("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "ㅋㅌㅊㅍㅠㅜㅡ"),
)
"""The three rows of letters of each script's keyboard, a space where a key has no letter."""

SYLLABLES = 0xAC00
CONSONANTS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = 28


def _beside() -> dict[str, str]:
    """The letters around each one: to its left and right, and in the rows above and below."""
    beside: dict[str, str] = {}
    for rows in KEYBOARDS:
        places = {(row, column): letter for row, keys in enumerate(rows) for column, letter in enumerate(keys)}
        for (row, column), letter in places.items():
            # Each row stands half a key to the right of the one above.
            around = ((0, -1), (0, 1), (-1, 0), (-1, 1), (1, -1), (1, 0))
            near = "".join(places.get((row + down, column + right), "") for down, right in around)
            beside[letter] = near.replace(" ", "")
    return {letter: near for letter, near in beside.items() if letter != " " and near}


BESIDE = _beside()


@dataclass(frozen=True, kw_only=True)
class TypoSettings(harness.PerturbationSettings):
    """How many letters are hit."""

    rate: float = harness.perturbation_setting(
        "share of the letters that are hit; 0 means by the severity", default=0.0, least=0, most=1
    )


BY_SEVERITY = TypoSettings()


def change(text: str, random: Random, language: str, severity: int, settings: TypoSettings = BY_SEVERITY) -> str:
    """The text with some of its letters mistyped; no word is lost."""
    del language
    letters = regex.findall(r"\X", text)
    places = [place for place, letter in enumerate(letters) if _is_letter(letter)]
    wanted = len(places) * (settings.rate or SHARES[severity - 1])
    number = math.floor(wanted) + (random.random() < wanted % 1)
    # From the last to the first, so that the places before stay where they are.
    for place in sorted(random.sample(places, number), reverse=True):
        letters[place : place + 2] = random.choice(list(_mistyped(letters, place, random)))
    return "".join(letters)


def _mistyped(letters: list[str], place: int, random: Random) -> Iterator[list[str]]:
    """What may stand for a letter and the one behind it."""
    letter, after = letters[place], letters[place + 1 : place + 2]
    before_is_letter = place > 0 and _is_letter(letters[place - 1])
    after_is_letter = bool(after) and _is_letter(after[0])
    yield [letter, letter, *after]
    if before_is_letter or after_is_letter:
        yield after
    if after_is_letter and after[0] != letter:
        yield [after[0], letter]
    if missed := _missed(letter, random):
        yield [missed, *after]


def _missed(letter: str, random: Random) -> str:
    """The letter of a key beside, with the same marks and case; "" where the keyboard is not known."""
    base, marks = letter[0], letter[1:]
    if SYLLABLES <= ord(base) < SYLLABLES + len(CONSONANTS) * len(VOWELS) * FINALS:
        return _missed_syllable(base, random) + marks
    near = BESIDE.get(base.lower(), "")
    if not near:
        return ""
    key = random.choice(near)
    return (key.upper() if base != base.lower() else key) + marks


def _missed_syllable(syllable: str, random: Random) -> str:
    """A syllable of Hangul whose first consonant or vowel is hit beside; its final one stays."""
    rest, final = divmod(ord(syllable) - SYLLABLES, FINALS)
    first, vowel = divmod(rest, len(VOWELS))
    options = [(CONSONANTS.index(key), vowel) for key in BESIDE.get(CONSONANTS[first], "") if key in CONSONANTS]
    options += [(first, VOWELS.index(key)) for key in BESIDE.get(VOWELS[vowel], "") if key in VOWELS]
    if not options:
        return ""
    first, vowel = random.choice(options)
    return chr(SYLLABLES + (first * len(VOWELS) + vowel) * FINALS + final)


def _is_letter(cluster: str) -> bool:
    return cluster[0].isalpha()


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    """Register it."""
    first, second, third = (f"{100 * share:.0f} % of the letters" for share in SHARES)
    register(
        harness.Perturbation(
            name="typo",
            description="letters swapped, dropped, doubled, or hit beside on the keyboard of their script",
            change=change,
            severities=(first, second, third),
            settings=TypoSettings,
        )
    )
