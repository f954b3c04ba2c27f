"""Words left out, but none that negates or counts, in languages whose such words are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import regex
from harness_plugins.perturbations.negation import SPARED, is_spared
from harness_plugins.perturbations.words import draw_number, join_words, shares_in_words, split_words

import harness

SHARES = (0.1, 0.2, 0.4)
"""Of the words that are left out, by severity, as far as there are so many that may be."""

GONE = "\0"
"""Where the word was."""
EMPTY = regex.compile(rf"[\p{{Ps}}\p{{Pi}}]{GONE}[\p{{Pe}}\p{{Pf}}]")
STOPS, STOPS_LAST = regex.compile("^[,;:،؛、，；： ]+"), regex.compile("[,;:،؛、，；： ]+$")
OPENS, CLOSES = regex.compile(r"[\p{Ps}\p{Pi}»\"]$"), regex.compile(r"[\p{Po}\p{Pe}\p{Pf} ]")
KINDS = ("text-classification", "multiple-choice", "question-answering", "text-retrieval", "sentence-similarity")


@dataclass(frozen=True, kw_only=True)
class WordDropSettings(harness.PerturbationSettings):
    """Which words stay."""

    spare: harness.File = harness.perturbation_setting(
        "words to spare, one per line: those of languages without a list here, which negate or count, or further ones",
        default=harness.File(optional=True),
    )


def change(text: str, random: Random, language: str, severity: int, settings: WordDropSettings) -> str:
    """The text without some of its words; one at least stays."""
    if language not in SPARED and not settings.spare.text.strip():
        raise harness.UserError(
            f"word-drop does not know which words of {language} negate or count, and must not drop those",
            code="no-words-to-spare",
            fix=f"name them in a file, `word-drop:{severity}{{spare=FILE}}`, or leave the language out by "
            f"--languages; known are {', '.join(SPARED)}",
        )
    words, gaps = split_words(text, language)
    whole = harness.has_blanks_between_words(language)
    spared = is_spared(words, gaps, language, settings.spare.text, whole=whole)
    places = [place for place, stays in enumerate(spared) if not stays]
    most = max(0, min(len(places), len(words) - 1))
    number = min(draw_number(SHARES[severity - 1], len(words), random), most)
    for place in sorted(random.sample(places, number), reverse=True):
        del words[place]
        gaps[place : place + 2] = [_joined(gaps[place], gaps[place + 1])]
    changed: str = join_words(words, gaps)
    return changed


def _joined(before: str, after: str) -> str:
    """What stands around a word that is left out: no empty brackets, one blank for two, one comma for two."""
    around: str = EMPTY.sub(GONE, f"{before}{GONE}{after}")
    before, _, after = around.partition(GONE)
    if not before or OPENS.search(before):
        after = STOPS.sub("", after, count=1)
    elif not after or CLOSES.match(after):
        before = STOPS_LAST.sub("", before)
    return before + after


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    """Register it."""
    register(
        harness.Perturbation(
            name="word-drop",
            description="words left out, but none that negates or counts; letters where words have no blanks between",
            change=change,
            severities=shares_in_words(SHARES, "the words"),
            kinds=KINDS,
            diagnostic=("pawsx",),
            settings=WordDropSettings,
        )
    )
