"""What the metrics of answer texts share: words without punctuation and articles, and F1 of bags of words."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

SEPARATOR = "\0"


class Deleting:
    """Deletes some characters from texts; each different character is judged once a text."""

    def __init__(self, is_deleted: Callable[[str], bool]) -> None:
        self._is_deleted = is_deleted
        self._ascii = {code: None for code in range(128) if is_deleted(chr(code))}

    def __call__(self, text: str) -> str:
        """The text without them."""
        if text.isascii():
            return text.translate(self._ascii)
        import numpy as np

        # Of a text with other characters, `str.translate` looks each one up in Python's own dictionary.
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        different = np.flatnonzero(np.bincount(codes)).tolist()
        kept = np.ones(different[-1] + 1, np.bool_)
        kept[[code for code in different if self._is_deleted(chr(code))]] = False
        return codes[kept[codes]].tobytes().decode("utf-32-le", "surrogatepass")


class Articles:
    """Words that do not count, wherever they stand between word boundaries."""

    def __init__(self, *words: str) -> None:
        self._words = frozenset(words)
        self._pattern = re.compile(rf"\b({'|'.join(words)})\b")

    def other_words(self, text: str) -> list[str]:
        """The words of a text, which are separated by white space or by an article; some with a blank between them."""
        words = text.split()
        # A word of letters and digits alone has no word boundary within.
        unusual = [word for word in set(words) if word in self._words or not word.isalnum()]
        others = {word: " ".join(self._pattern.sub(" ", word).split()) for word in unusual}
        return [word for word in map(others.get, words, words) if word] if others else words


class Normaliser:
    """Normalises answers to words joined by blanks.

    Args:
        clean: a function of a text that does the same to many at once, joined by null characters.
        words: the words of a cleaned text; null characters between white space are words of their own.
    """

    def __init__(self, clean: Callable[[str], str], words: Callable[[str], list[str]] = str.split) -> None:
        self._clean = clean
        self._words = words
        # Exact match and F1 ask for the same texts, one after the other.
        self._texts: list[str] = []
        self._pairs: list[tuple[str, list[str]]] = []

    def pairs(self, answers: Sequence[str], golds: Sequence[Sequence[str]]) -> list[tuple[str, list[str]]]:
        """Each question's answer and accepted answers, normalised."""
        counts = [*map(len, golds)]
        texts = [*answers, *itertools.chain.from_iterable(golds)]
        if texts != self._texts or counts != [len(accepted) for _, accepted in self._pairs]:
            normalised = self.normalised(texts)
            rest = iter(normalised[len(answers) :])
            accepted = [list(itertools.islice(rest, count)) for count in counts]
            self._pairs = list(zip(normalised[: len(answers)], accepted, strict=True))
            self._texts = texts
        return self._pairs

    def normalised(self, texts: Sequence[str]) -> list[str]:
        """The texts, normalised, in their order."""
        together = self._clean(SEPARATOR.join(texts)).replace(SEPARATOR, f" {SEPARATOR} ")
        found = [*map(str.strip, " ".join(self._words(together)).split(SEPARATOR))]
        # A text may hold the separator itself.
        return found if len(found) == len(texts) else [" ".join(self._words(self._clean(text))) for text in texts]


def best_f1(answer: str, accepted: Collection[str]) -> float:
    """The highest F1, from 0 to 1, of a normalised answer against accepted ones; 0 without any."""
    if answer and answer in accepted:
        return 1.0
    words = answer.split()
    return max([word_f1(words, gold.split()) for gold in accepted], default=0.0)


def word_f1(words: Sequence[str], gold: Sequence[str]) -> float:
    """F1, from 0 to 1, of two bags of words; 0 where they share none."""
    different = set(words)
    shared = len(different.intersection(gold))
    if not shared:
        return 0.0
    if len(different) < len(words) and len(set(gold)) < len(gold):
        shared = (Counter(words) & Counter(gold)).total()
    return 2.0 * shared / (len(words) + len(gold))
