"""MLQA's exact match and F1 of answer texts, whose normalisation and words depend on the context's language."""

from __future__ import annotations

import re
import string
import unicodedata
from typing import TYPE_CHECKING

import harness

from .squad import word_f1

if TYPE_CHECKING:
    from collections.abc import Callable

# The official expression for Arabic, `\sال^|ال`, is meant for the beginnings of words, but matches anywhere.
ARTICLES = {
    "ar": "ال",
    "de": r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "en": r"\b(a|an|the)\b",
    "es": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "hi": "",
    "vi": r"\b(của|là|cái|chiếc|những)\b",
    "zh": "",
}
CONSTRUCTED = re.compile(r"q[a-t][a-z]")
HAN = re.compile(r"([\u4e00-\u9fa5])")


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(MLQA_EXACT_MATCH)
    register(MLQA_F1)


def words(text: str, language: str) -> list[str]:
    """The words of an answer in lower case, without punctuation of any script and the language's articles.

    Chinese characters from U+4E00 to U+9FA5 are words of their own. Languages of private use (ISO 639 `qaa` to
    `qtz`), which are constructed, have no articles.

    Raises:
        UserError: MLQA has no rule for the language.
    """
    if language not in ARTICLES and not CONSTRUCTED.fullmatch(language):
        raise harness.UserError(
            f"MLQA's metric has no rules for language {language!r}",
            where=f"it has them for {', '.join(ARTICLES)}",
            mend="score other languages by squad_f1 and squad_exact_match",
        )
    text = "".join(character for character in text.lower() if not _is_punctuation(character))
    articles = ARTICLES.get(language, "")
    text = re.sub(articles, " ", text) if articles else text
    return (HAN.sub(r" \1 ", text) if language == "zh" else text).split()


def exact_match(prediction: harness.Prediction) -> tuple[float, ...]:
    """(1 if the answer has the words of an accepted one, in order, else 0)."""
    answer, accepted = _words_of(prediction)
    return (float(answer in accepted),)


def f1(prediction: harness.Prediction) -> tuple[float, ...]:
    """(F1, from 0 to 1, of the answer's words against the accepted answer it fits best).

    Against an accepted answer without words it is 0.
    """
    answer, accepted = _words_of(prediction)
    return (max((word_f1(answer, gold) for gold in accepted), default=0.0),)


def _words_of(prediction: harness.Prediction) -> tuple[list[str], list[list[str]]]:
    language = prediction["language"]
    return words(prediction["prediction"], language), [words(gold, language) for gold in prediction["gold"]]


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


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
