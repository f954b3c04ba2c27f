"""Words of texts in any script, and what is between them; letters stand for words where no blanks part these."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

import regex

import harness

WORD = regex.compile(
    r"[\p{L}\p{M}\p{N}\u200c\u200d]+(?:(?:['’ʼ׳״·.\-‐][\p{L}\p{M}]|[.,٫٬]\p{N})[\p{L}\p{M}\p{N}\u200c\u200d]*)*"
)
LETTER = regex.compile(
    r"[\p{Latin}\p{N}]+(?:['’.,\-][\p{Latin}\p{N}]+)*"
    r"|(?=\p{L})[เ-ไເ-ໄ]?(?=\p{L})\X\p{M}*(?:[ะาๆະາໆぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮー])*"
)
"""Latin words and numbers among such letters are words; a Thai or Lao vowel goes with the consonant it is read with."""


def split_words(text: str, language: str) -> tuple[list[str], list[str]]:
    """The words of a text, and what stands before, between and behind them: always one more."""
    words, gaps, done = list[str](), list[str](), 0
    for found in (WORD if harness.has_blanks_between_words(language) else LETTER).finditer(text):
        words.append(found[0])
        gaps.append(text[done : found.start()])
        done = found.end()
    return words, [*gaps, text[done:]]


def join_words(words: Sequence[str], gaps: Sequence[str]) -> str:
    """The text again."""
    return "".join(part for pair in zip(gaps, [*words, ""], strict=True) for part in pair)


def draw_number(share: float, of: int, random: Random) -> int:
    """So many of them that the mean is the share."""
    wanted = share * of
    return math.floor(wanted) + (random.random() < wanted % 1)


def shares_in_words(shares: Sequence[float], what: str) -> tuple[str, str, str]:
    """Severities, where each is a share of something."""
    first, second, third = (f"{100 * share:.0f} % of {what}" if share < 1 else f"all {what}" for share in shares)
    return first, second, third
