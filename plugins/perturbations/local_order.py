"""Words that change places with their neighbours, within a sentence; punctuation stays where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

import regex
from harness_plugins.perturbations.words import join_words, split_words

import harness

WINDOWS = (2, 3, 5)
"""Words that change places with each other, by severity."""

END = regex.compile(r"[.!?…。！？؟۔।॥։၊။።\n]")
KINDS = (
    *("text-classification", "multiple-choice", "question-answering", "text-retrieval", "sentence-similarity"),
    "bitext-mining",
)


def change(text: str, random: Random, language: str, severity: int) -> str:
    """The text with its words moved by fewer places than the window is wide, none into another sentence."""
    words, gaps = split_words(text, language)
    window = WINDOWS[severity - 1]
    for first, last in _sentences(gaps):
        # Windows begin at any word, so that every pair of neighbours may change places.
        for start in range(first - random.randrange(window), last, window):
            places = range(max(first, start), min(start + window, last))
            moved = random.sample([words[place] for place in places], len(places))
            words[places.start : places.stop] = moved
    changed: str = join_words(words, gaps)
    return changed


def _sentences(gaps: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The first word of each sentence and the one behind its last."""
    first = 0
    for place in range(1, len(gaps)):
        if place == len(gaps) - 1 or END.search(gaps[place]):
            yield first, place
            first = place


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    """Register it."""
    first, second, third = (f"among {window} neighbours, within their sentence" for window in WINDOWS)
    register(
        harness.Perturbation(
            name="local-order",
            description="words that change places with their neighbours; letters where words have no blanks between",
            change=change,
            severities=(first, second, third),
            kinds=KINDS,
            diagnostic=("pawsx",),
        )
    )
