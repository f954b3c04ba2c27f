"""What the metrics of answer texts share: words without punctuation and articles, and F1 of bags of words."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

SEPARATOR = "\0"


class Deleting(dict[int, int | None]):
    """A table for `str.translate` that deletes some characters; each character is looked at once."""

    def __init__(self, is_deleted: Callable[[str], bool]) -> None:
        super().__init__()
        self._is_deleted = is_deleted

    def __missing__(self, code: int) -> int | None:
        self[code] = None if self._is_deleted(chr(code)) else code
        return self[code]


class Articles:
    """Words that do not count, wherever they stand between word boundaries."""

    def __init__(self, *words: str) -> None:
        self._words = frozenset(words)
        self._pattern = re.compile(rf"\b({'|'.join(words)})\b")

    def leave_out(self, text: str) -> str:
        """The words of a text, which are separated by white space or by an article, joined by blanks."""
        words = text.split()
        # Of letters and digits alone, the text has no word boundaries but those at white space.
        if "".join(words).isalnum():
            if not self._words.isdisjoint(words):
                words = [word for word in words if word not in self._words]
            return " ".join(words)
        return with_single_blanks(self._pattern.sub(" ", text))


def with_single_blanks(text: str) -> str:
    """A text's words, joined by blanks."""
    return " ".join(text.split())


class Normaliser:
    """Normalises answers to words joined by blanks.

    Args:
        clean: a function of a text that does the same to many at once, joined by null characters.
        join: the words of a cleaned text, joined by blanks.
    """

    def __init__(self, clean: Callable[[str], str], join: Callable[[str], str] = with_single_blanks) -> None:
        self._clean = clean
        self._join = join
        # Exact match and F1 ask for the same texts, one after the other.
        self._texts: list[str] = []
        self._normalised: list[str] = []

    def pairs(self, answers: Sequence[str], golds: Sequence[Sequence[str]]) -> Iterator[tuple[str, list[str]]]:
        """Each question's answer and accepted answers, normalised."""
        normalised = iter(self.normalised([*answers, *itertools.chain.from_iterable(golds)]))
        for answer, gold in zip(list(itertools.islice(normalised, len(answers))), golds, strict=True):
            yield answer, list(itertools.islice(normalised, len(gold)))

    def normalised(self, texts: list[str]) -> list[str]:
        """The texts, normalised, in their order."""
        if texts != self._texts:
            self._normalised = list(map(self._join, self._cleaned(texts)))
            self._texts = texts
        return self._normalised

    def _cleaned(self, texts: list[str]) -> list[str]:
        together = self._clean(SEPARATOR.join(texts)).split(SEPARATOR)
        # A text may hold the separator itself.
        return together if len(together) == len(texts) else list(map(self._clean, texts))


def best_f1(answer: str, accepted: Collection[str]) -> float:
    """The highest F1, from 0 to 1, of a normalised answer against accepted ones; 0 without any."""
    if answer and answer in accepted:
        return 1.0
    words = answer.split()
    return max((word_f1(words, gold.split()) for gold in accepted), default=0.0)


def word_f1(words: Sequence[str], gold: Sequence[str]) -> float:
    """F1, from 0 to 1, of two bags of words; 0 where they share none."""
    different = set(words)
    shared = len(different.intersection(gold))
    if not shared:
        return 0.0
    if len(different) < len(words) and len(set(gold)) < len(gold):
        shared = (Counter(words) & Counter(gold)).total()
    return 2.0 * shared / (len(words) + len(gold))
