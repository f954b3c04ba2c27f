"""SQuAD exact match and F1 of answer texts; those of SQuAD 2.0 with a tuned threshold for no answer."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import harness

from .answers import Articles, Deleting, Normaliser, best_f1

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ARTICLES = Articles("a", "an", "the")
PUNCTUATION_DELETED = Deleting(set(string.punctuation).__contains__)
# Answers in lower case without ASCII punctuation, English articles and surplus blanks, whatever the language. Languages
# written without spaces stay in one piece, so their F1 is nearly their exact match.
NORMALISER = Normaliser(lambda text: PUNCTUATION_DELETED(text.lower()), ARTICLES.other_words)


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(SQUAD_EXACT_MATCH)
    register(SQUAD_F1)
    register(SQUAD_V2_EXACT_MATCH)
    register(SQUAD_V2_F1)


def exact_match(predictions: harness.Predictions) -> list[bool]:
    """Of each question, whether the answer equals an accepted one after normalisation.

    A question without accepted answers is right when the predicted answer is empty after normalisation.
    """
    pairs = NORMALISER.pairs(predictions["prediction"], predictions["gold"])
    return [answer in accepted if accepted else not answer for answer, accepted in pairs]


def f1(predictions: harness.Predictions) -> list[float]:
    """Of each question, F1, from 0 to 1, of the answer's words against the accepted answer it fits best.

    Against an accepted answer of no words after normalisation (such as "the") it is 0, as in SQuAD v1.1. A question
    without accepted answers is right when the predicted answer is empty after normalisation.
    """
    pairs = NORMALISER.pairs(predictions["prediction"], predictions["gold"])
    return [best_f1(answer, accepted) if accepted else float(not answer) for answer, accepted in pairs]


def exact_match_by_threshold(predictions: harness.Predictions) -> list[bool]:
    """As `exact_match`, with answers by the tuned threshold, and accepted ones as `accepted_answers` has them."""
    return exact_match(_by_threshold(predictions))


def f1_by_threshold(predictions: harness.Predictions) -> list[float]:
    """As `f1`, with answers by the tuned threshold, and accepted ones as `accepted_answers` has them."""
    return f1(_by_threshold(predictions))


def accepted_answers(golds: Sequence[Sequence[str]]) -> list[list[str]]:
    """Of each question, the accepted answers that are not empty after normalisation.

    Where none is left the question counts as one without an answer, as in SQuAD v2.0.
    """
    normal = iter(NORMALISER.normalised([text for texts in golds for text in texts]))
    return [[text for text in texts if next(normal)] for texts in golds]


def _by_threshold(predictions: harness.Predictions) -> harness.Predictions:
    return {
        **predictions,
        "prediction": harness.answers_by_threshold(predictions),
        "gold": accepted_answers(predictions["gold"]),
    }


def _has_empty_answer(gold: Sequence[str]) -> bool:
    return not all(NORMALISER.normalised(gold))


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

SQUAD_V2_EXACT_MATCH = harness.Metric(
    name="squad_v2_exact_match",
    kinds=("question-answering",),
    statistics=exact_match_by_threshold,
    tuned=True,
    version=2,
    changed=_has_empty_answer,
    interval="wilson",
    description="As squad_exact_match, but a question is left unanswered where the null score exceeds the best span's "
    "by more than a threshold: that of squad_v2_f1.",
    source="SQuAD v2.0 (Rajpurkar et al. 2018), evaluate-v2.0.py, by one threshold for both scores",
)

SQUAD_V2_F1 = harness.Metric(
    name="squad_v2_f1",
    kinds=("question-answering",),
    statistics=f1_by_threshold,
    tuned=True,
    version=2,
    changed=_has_empty_answer,
    description="As squad_f1, but a question is left unanswered where the null score exceeds the best span's by more "
    "than a threshold: the one of the highest F1 on development rows.",
    source="SQuAD v2.0 (Rajpurkar et al. 2018), evaluate-v2.0.py: best F1 and its threshold, here tuned on other rows",
)
