"""Words replaced by those of another language, of a dictionary that users give; mini has one of its own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import regex
from harness_plugins.perturbations.words import draw_number, join_words, split_words

import harness

SHARES = (0.2, 0.5, 1.0)
"""Of the words that the dictionary has, by severity."""

CONSTRUCTED = regex.compile("qa[a-e]")
Dictionary = Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class CodeSwitchSettings(harness.PerturbationSettings):
    """Where words are looked up."""

    words: harness.File = harness.perturbation_setting(
        "the dictionary: lines of a word, a tab and its translation; or of the word's language, a tab, and these",
        default=harness.File(optional=True),
    )
    to: str = harness.perturbation_setting(
        "language of mini's own dictionary, which stands in for a file; rows in it stay as they are", default="en"
    )


def change(text: str, random: Random, language: str, severity: int, settings: CodeSwitchSettings) -> str:
    """The text with some of the words that the dictionary has in another language."""
    known = _known(settings, language)
    with_blanks = harness.has_blanks_between_words(language)
    words, gaps = split_words(text, language) if with_blanks else _longest(text, known)
    places = [place for place, word in enumerate(words) if _translations(word, known)]
    for place in random.sample(places, draw_number(SHARES[severity - 1], len(places), random)):
        words[place] = _like(words[place], random.choice(_translations(words[place], known)))
    changed: str = join_words(words, gaps)
    return changed


def change_word(text: str, random: Random, language: str, severity: int, settings: CodeSwitchSettings) -> str:
    """A word with a tag; translations of several words are left out."""
    found = [one for one in _translations(text, _known(settings, language)) if len(one.split()) == 1]
    return _like(text, random.choice(found)) if found and random.random() < SHARES[severity - 1] else text


def _known(settings: CodeSwitchSettings, language: str) -> Dictionary:
    """Translations of the words of a language.

    Raises:
        UserError: there is no dictionary, or a line of it cannot be read.
    """
    if settings.words.path:
        read = _read(settings.words)
        return read.get(language) or read.get("", {})
    if language != settings.to and not (_is_minis(language) and _is_minis(settings.to)):
        raise harness.UserError(
            f"code-switch has no dictionary from {language} to {settings.to}; only mini's languages come with one",
            code="no-dictionary",
            fix="write code-switch:1{words=FILE}: lines of a word, a tab and its translation",
        )
    return {word: (other,) for word, other in harness.mini_dictionary(language, settings.to).items()}


def _is_minis(language: str) -> bool:
    return language == "en" or bool(CONSTRUCTED.fullmatch(language))


@functools.lru_cache(maxsize=4)
def _read(file: harness.File) -> Mapping[str, Dictionary]:
    """Translations by language and word; "" is any language that has no lines of its own."""
    found: dict[str, dict[str, list[str]]] = {}
    for number, line in enumerate(file.text.splitlines(), start=1):
        if not line.strip():
            continue
        *language, word, translation = [cell.strip() for cell in line.split("\t")] if "\t" in line else [line, ""]
        if len(language) > 1 or not word or not translation:
            raise harness.UserError(
                f"line {number} of {file.path} is not a word, a tab and its translation: {line[:60]!r}",
                code="not-a-dictionary",
                fix="separate by a tab: WORD TRANSLATION, or LANGUAGE WORD TRANSLATION",
            )
        found.setdefault("".join(language), {}).setdefault(word, []).append(translation)
    return found


def _translations(word: str, known: Dictionary) -> Sequence[str]:
    return [one for one in known.get(word) or known.get(word.lower(), ()) if one != word]


def _like(word: str, translation: str) -> str:
    """A translation that begins with a capital where the word does."""
    return translation[0].upper() + translation[1:] if word[0].isupper() else translation


def _longest(text: str, known: Dictionary) -> tuple[list[str], list[str]]:
    """The longest words of the dictionary from left to right, of a text without blanks between words."""
    longest = max(map(len, known), default=0)
    words, gaps, gap, at = list[str](), list[str](), "", 0
    while at < len(text):
        length = next((n for n in range(min(longest, len(text) - at), 0, -1) if text[at : at + n] in known), 0)
        if length:
            words.append(text[at : at + length])
            gaps.append(gap)
            gap = ""
        else:
            gap += text[at]
        at += length or 1
    return words, [*gaps, gap]


@harness.hookimpl
def register_perturbations(register: Callable[[harness.Perturbation], None]) -> None:
    """Register it."""
    first, second = (f"{100 * share:.0f} % of the words that the dictionary has" for share in SHARES[:2])
    register(
        harness.Perturbation(
            name="code-switch",
            description="words replaced by those of another language, by a dictionary; mini has one, others are given",
            change=change,
            change_word=change_word,
            severities=(first, second, "all the words that the dictionary has"),
            settings=CodeSwitchSettings,
        )
    )
