"""Accuracy: of items with one label or one right choice, of the tokens of tagged sentences, and of masked tokens."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray


@harness.hookimpl
def register_metrics(register: Callable[[harness.Metric], None]) -> None:
    register(ACCURACY)
    register(TOKEN_ACCURACY)
    register(MASKED_ACCURACY)


def right_items(predictions: harness.Predictions) -> NDArray[np.bool_]:
    """Of each item, whether the predicted label or choice is the gold one."""
    import numpy as np

    answers, golds = predictions["prediction"], predictions["gold"]
    if isinstance(answers, np.ndarray) and isinstance(golds, np.ndarray):
        right: NDArray[np.bool_] = answers == golds
        return right
    return np.fromiter(map(operator.eq, answers, golds), np.bool_, len(golds))


def count_right_tokens(predictions: harness.Predictions) -> list[tuple[int, int]]:
    """(tokens tagged right, tokens) of each sentence.

    Raises:
        ValueError: predicted and gold tags of a sentence differ in number.
    """
    counts = []
    for tags, gold in zip(predictions["prediction"], predictions["gold"], strict=True):
        if len(tags) != len(gold):
            raise ValueError(f"{len(tags)} predicted tags for {len(gold)} gold tags")
        counts.append((sum(map(operator.eq, tags, gold)), len(gold)))
    return counts


def percent_of_tokens(sums: Sequence[float], _n: int) -> float:
    """Tokens tagged right, in percent of all tokens; 0 where there is no token."""
    right, tokens = sums
    return 100.0 * right / tokens if tokens else 0.0


ACCURACY = harness.Metric(
    name="accuracy",
    kinds=("text-classification", "multiple-choice"),
    statistics=right_items,
    interval="wilson",
    description="Share of items whose predicted label or choice is the gold one.",
    source="XTREME (Hu et al. 2020), evaluate.py: xnli, pawsx; XTREME-R (Ruder et al. 2021): xcopa",
)

TOKEN_ACCURACY = harness.Metric(
    name="token_accuracy",
    kinds=("token-classification",),
    statistics=count_right_tokens,
    value=percent_of_tokens,
    description="Share of tokens whose predicted tag is the gold one. XTREME scores POS tags by span F1 instead.",
    source="the usual POS tagging accuracy, micro-averaged over tokens",
)

MASKED_ACCURACY = harness.Metric(
    name="masked_accuracy",
    kinds=("fill-mask", "image-fill-mask"),
    statistics=count_right_tokens,
    value=percent_of_tokens,
    description="Share of masked tokens that are guessed right, over masks that are the same for every model with one "
    "tokenizer. Models with different tokenizers cannot be compared.",
    source="accuracy of masked language modelling (Devlin et al. 2019), micro-averaged over masked tokens",
)
