"""MLQA's exact match and F1 of answer texts, whose normalisation and words depend on the context's language."""

from __future__ import annotations

import functools
import itertools
import re
import string
import unicodedata
from typing import TYPE_CHECKING

import harness

from .answers import Articles, Deleting, Normaliser, best_f1

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ARTICLES = {
    "de": Articles("ein", "eine", "einen", "einem", "eines", "einer", "der", "die", "das", "den", "dem", "des"),
    "en": Articles("a", "an", "the"),
    "es": Articles("un", "una", "unos", "unas", "el", "la", "los", "las"),
    "vi": Articles("của", "là", "cái", "chiếc", "những"),
}
# The official expression, `\sال^|ال`, is meant for the beginnings of words, but matches anywhere.
ARABIC_ARTICLE = "ال"
LANGUAGES = ("ar", "de", "en", "es", "hi", "vi", "zh")
CONSTRUCTED = re.compile(r"q[a-t][a-z]")
CHINESE_WORD = re.compile(r"[\u4e00-\u9fa5]|[^\s\u4e00-\u9fa5]+")


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(MLQA_EXACT_MATCH)
    register(MLQA_F1)


def exact_match(predictions: harness.Predictions) -> list[bool]:
    """Of each question, whether the answer has the words of an accepted one, in order."""
    return [answer in accepted for answer, accepted in _pairs(predictions)]


def f1(predictions: harness.Predictions) -> list[float]:
    """Of each question, F1, from 0 to 1, of the answer's words against the accepted answer it fits best.

    Against an accepted answer without words it is 0.
    """
    return [best_f1(answer, accepted) for answer, accepted in _pairs(predictions)]


def _pairs(predictions: harness.Predictions) -> Iterator[tuple[str, list[str]]]:
    """The answer and the accepted ones, normalised, of each question."""
    languages = predictions["language"]
    pairs_in = {}
    for language in dict.fromkeys(languages):
        here = [other == language for other in languages]
        answers, golds = (list(itertools.compress(predictions[name], here)) for name in ("prediction", "gold"))
        pairs_in[language] = iter(normaliser(language).pairs(answers, golds))
    return (next(pairs_in[language]) for language in languages)


@functools.cache
def normaliser(language: str) -> Normaliser:
    """To words in lower case, without punctuation of any script and the language's articles.

    Chinese characters from U+4E00 to U+9FA5 are words of their own. Languages of private use (ISO 639 `qaa` to
    `qtz`), which are constructed, have no articles.

    Raises:
        UserError: MLQA has no rule for the language.
    """
    if language not in LANGUAGES and not CONSTRUCTED.fullmatch(language):
        raise harness.UserError(
            f"MLQA's metric has no rules for language {language!r}",
            code="no-rules-for-language",
            where=f"it has them for {', '.join(LANGUAGES)}",
            fix="score other languages by squad_f1 and squad_exact_match",
        )
    if language in ARTICLES:
        return Normaliser(_without_punctuation, ARTICLES[language].other_words)
    if language == "ar":
        return Normaliser(lambda text: _without_punctuation(text).replace(ARABIC_ARTICLE, " "))
    if language == "zh":
        return Normaliser(_without_punctuation, CHINESE_WORD.findall)
    return Normaliser(_without_punctuation)


def _without_punctuation(text: str) -> str:
    return PUNCTUATION_DELETED(text.lower())


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


PUNCTUATION_DELETED = Deleting(_is_punctuation)


MLQA_EXACT_MATCH = harness.Metric(
    name="mlqa_exact_match",
    kinds=("question-answering",),
    statistics=exact_match,
    interval="wilson",
    description="Share of answers equal to an accepted one after MLQA's normalisation for the context's language.",
    source="MLQA (Lewis et al. 2020), mlqa_evaluation_v1.py, as XTREME uses it for mlqa",
)

MLQA_F1 = harness.Metric(
    name="mlqa_f1",
    kinds=("question-answering",),
    statistics=f1,
    description="Mean F1 of the answer's words, after MLQA's normalisation for the context's language, best over "
    "accepted answers.",
    source="MLQA (Lewis et al. 2020), mlqa_evaluation_v1.py, as XTREME uses it for mlqa",
)
