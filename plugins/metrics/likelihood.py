"""Mean negative log-probability of the right label or answer, from what predictions store: lower is better."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import harness

from .squad import NORMALISER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(LABEL_NLL)
    register(ANSWER_NLL)


def label_loss(predictions: harness.Predictions) -> list[float]:
    """Of each item, the negative log-probability of its gold label, in nats.

    Which place a label has among the log-probabilities is seen where it is predicted. A gold label that is predicted
    nowhere has the mean probability of the places that are left, which is its own if one is.
    """
    places = _places(predictions)
    losses = []
    for gold, log_probs in zip(predictions["gold"], predictions["log_probs"], strict=True):
        if gold in places:
            losses.append(-log_probs[places[gold]])
            continue
        left = [one for place, one in enumerate(log_probs) if place not in places.values()]
        losses.append(math.log(len(left)) - _log_sum(left) if left else math.inf)
    return losses


def _places(predictions: harness.Predictions) -> Mapping[str, int]:
    """The place of each label that is predicted somewhere."""
    return {
        label: max(range(len(log_probs)), key=log_probs.__getitem__)
        for label, log_probs in zip(predictions["prediction"], predictions["log_probs"], strict=True)
    }


def answer_loss(predictions: harness.Predictions) -> list[float]:
    """Of each question, the negative log-probability of an accepted answer, in nats.

    The probabilities are a softmax over the scores of the stored spans, of no answer, and of one place for all spans
    that are not stored, which scores as the last that is. Spans that are equal to an accepted answer after SQuAD's
    normalisation are right together. Where none is, the right one is among those that are not stored: so the loss is
    never infinite, and understated there. A question without accepted answers is right without answer.
    """
    texts = [[span["text"] for span in spans] for spans in predictions["spans"]]
    flat = iter(NORMALISER.normalised([text for own in texts for text in own]))
    accepted = iter(NORMALISER.normalised([text for gold in predictions["gold"] for text in gold]))
    columns = (predictions[name] for name in ("spans", "gold", "no_answer_score"))
    losses = []
    for spans, gold, null in zip(*columns, strict=True):
        scores = [span["score"] for span in spans]
        is_right = [next(flat) for _ in spans]
        wanted = {next(accepted) for _ in gold}
        # Everything is not stored where no span lies in the context.
        other = min(scores, default=null)
        right = [score for score, text in zip(scores, is_right, strict=True) if text in wanted] or [other]
        losses.append(_log_sum([*scores, null, other]) - _log_sum(right if gold else [null]))
    return losses


def _log_sum(logs: Sequence[float]) -> float:
    """The logarithm of the sum of exponentials."""
    top = max(logs)
    return top + math.log(math.fsum(math.exp(one - top) for one in logs))


def mean_of_items(sums: Sequence[float], n: int) -> float:
    """The first number, averaged over items."""
    return sums[0] / n


LABEL_NLL = harness.Metric(
    name="label_nll",
    kinds=("text-classification",),
    statistics=label_loss,
    value=mean_of_items,
    unit="nats",
    higher_is_better=False,
    description="Mean negative log-probability of the gold label; one that is never predicted has the mean probability "
    "of the places that no predicted label has, so that its loss is not its own where several are left.",
    source="cross-entropy of the classifier",
)

ANSWER_NLL = harness.Metric(
    name="answer_nll",
    kinds=("question-answering",),
    statistics=answer_loss,
    value=mean_of_items,
    unit="nats",
    higher_is_better=False,
    description="Mean negative log-probability of an accepted answer among the stored candidates, no answer, and one "
    "place for what is not stored: where that is the right one, the loss is understated.",
    source="cross-entropy over candidate spans, as far as predictions store them",
)
