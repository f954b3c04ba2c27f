"""Numbers in digits, exchanged for larger ones: in all texts of a row by as much.

Order and distances stay among the numbers that change, and not to those that do not: words, and what is left alone
because its value is not that of its digits, such as signed numbers, fractions, ranges, dates and times.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

import regex
from harness_plugins.perturbations.rows import KINDS, Changeable, edit_texts

import harness

LARGER = ((1, 3), (4, 9), (10, 99))
"""By how much at least and at most, by severity."""

JOINT = r"\s?[-‐‑–—−~〜/⁄∕:：]\s?\p{Sc}?"
"""Between the parts of a range, a fraction, a time or a score."""

NUMBER = regex.compile(
    r"(?<![\p{Lu}\p{Ll}\p{M}\p{Nd}\p{No}])(?<!\p{Nd}[.,٫٬])"
    rf"(?<![-‐‑–−+±]\p{{Sc}}?)(?<!\p{{Nd}}{JOINT})"
    # Atomic, so that no part of a number is taken where the whole must not be.
    r"(?P<whole>(?>\p{Nd}{1,3}(?:[,.٬\u00a0\u202f]\p{Nd}{3})+(?!\p{Nd})|\p{Nd}+))"
    rf"(?![\p{{Lu}}\p{{Ll}}\p{{Nd}}])(?!(?:[.,٫]\p{{Nd}}+)?{JOINT}\p{{Nd}})"
    r"(?!\s?\p{No}|\s\p{Nd}+[/⁄∕]\p{Nd}|\.\p{Nd}{1,2}\.\p{Nd})(?!\s(?i:[ap]\.?m\b|o['’]clock))"
)
"""The whole part of a number that no letter with case touches, as in B2B or 5th, and that is its digits' value."""

LABELLED_BY_NUMBERS = ("pawsx", "xnli", "mnli", "snli", "anli")
"""Tasks whose labels may rest on a number and on one that does not change: "12 men" are "a dozen men" no longer."""


def change(rows: Sequence[Changeable], edit: harness.SplitEdit) -> Sequence[Changeable]:
    """Rows with each number larger, by a draw of each row."""
    changed = []
    for index, row in enumerate(rows):
        by = edit.random(index).randint(*LARGER[edit.severity - 1])
        changed.append(edit_texts(row, lambda text, by=by: _enlarged(text, by)))
    return changed


def _enlarged(text: str, by: int) -> str:
    changed: str = NUMBER.sub(lambda found: _larger(found["whole"], by), text)
    return changed


def _larger(number: str, by: int) -> str:
    """The sum with the same digits of the same script, grouped by the same mark."""
    digits = [letter for letter in number if letter.isdecimal()]
    zero = ord(digits[0]) - unicodedata.decimal(digits[0])
    total = str(int("".join(digits)) + by).zfill(len(digits))
    mark = next((letter for letter in number if not letter.isdecimal()), "")
    if mark:
        head = len(total) % 3 or 3
        total = mark.join([total[:head], *(total[at : at + 3] for at in range(head, len(total), 3))])
    return "".join(chr(zero + int(letter)) if letter.isdecimal() else letter for letter in total)


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    """Register it."""
    first, second, third = (f"every number larger by {least} to {most}" for least, most in LARGER)
    register(
        harness.Perturbation(
            name="number-swap",
            version=2,
            description="numbers in digits exchanged for larger ones, in all texts of a row by as much",
            change_rows=change,
            severities=(first, second, third),
            kinds=KINDS,
            diagnostic=LABELLED_BY_NUMBERS,
        )
    )
