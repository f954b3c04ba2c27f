"""SQuAD exact match and F1 of answer texts."""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

ARTICLES = re.compile(r"\b(a|an|the)\b")
NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(SQUAD_EXACT_MATCH)
    register(SQUAD_F1)


def normalise(text: str) -> str:
    """Lower case without ASCII punctuation, English articles and surplus white space, whatever the language.

    Languages written without spaces stay in one piece, so their F1 is nearly their exact match.
    """
    return " ".join(ARTICLES.sub(" ", text.lower().translate(NO_PUNCTUATION)).split())


def exact_match(prediction: harness.Prediction) -> tuple[float, ...]:
    """(1 if the answer equals an accepted one after normalisation, else 0).

    A question without accepted answers is right when the predicted answer is empty after normalisation.
    """
    answer = normalise(prediction["prediction"])
    accepted = [normalise(gold) for gold in prediction["gold"]] or [""]
    return (float(answer in accepted),)


def f1(prediction: harness.Prediction) -> tuple[float, ...]:
    """(F1, from 0 to 1, of the answer's words against the accepted answer it fits best).

    Against an accepted answer of no words after normalisation (such as "the") it is 0, as in SQuAD v1.1. A question
    without accepted answers is right when the predicted answer is empty after normalisation.
    """
    if not prediction["gold"]:
        return exact_match(prediction)
    words = normalise(prediction["prediction"]).split()
    return (max(word_f1(words, normalise(gold).split()) for gold in prediction["gold"]),)


def word_f1(words: list[str], gold: list[str]) -> float:
    """F1, from 0 to 1, of two bags of words."""
    shared = (Counter(words) & Counter(gold)).total()
    return 2.0 * shared / (len(words) + len(gold)) if shared else 0.0


SQUAD_EXACT_MATCH = harness.Metric(
    name="squad_exact_match",
    kinds=("question-answering",),
    statistics=exact_match,
    interval="wilson",
    description="Share of answers equal to an accepted one after the English normalisation of SQuAD.",
    source="SQuAD v1.1 (Rajpurkar et al. 2016), as XTREME uses it for xquad and tydiqa; SQuAD v2.0 for no answer",
)

SQUAD_F1 = harness.Metric(
    name="squad_f1",
    kinds=("question-answering",),
    statistics=f1,
    description="Mean F1 of the answer's words, after the English normalisation of SQuAD, best over accepted answers.",
    source="SQuAD v1.1 (Rajpurkar et al. 2016), as XTREME uses it for xquad and tydiqa; SQuAD v2.0 for no answer",
)
