"""Accuracy of items, of tokens and of masked tokens."""

from __future__ import annotations

import pytest
from harness_plugins.metrics.accuracy import ACCURACY, MASKED_ACCURACY, TOKEN_ACCURACY

from tests.plugins.metrics.conftest import Score


def test_accuracy_counts_right_labels(score: Score) -> None:
    predictions = [
        {"gold": "entailment", "prediction": "entailment"},
        {"gold": "neutral", "prediction": "entailment"},
        {"gold": "neutral", "prediction": "neutral"},
    ]
    assert score(ACCURACY, predictions) == pytest.approx(200 / 3)


def test_accuracy_counts_right_choices_whose_number_is_zero(score: Score) -> None:
    assert score(ACCURACY, [{"gold": 0, "prediction": 0}, {"gold": 0, "prediction": 1}]) == 50.0


def test_token_accuracy_weighs_tokens_not_sentences(score: Score) -> None:
    # Sentence 1: 1 of 1 right; sentence 2: 1 of 3. Over tokens 2/4 = 50, over sentences it would be 66.7.
    predictions = [
        {"gold": ["NOUN"], "prediction": ["NOUN"]},
        {"gold": ["DET", "NOUN", "VERB"], "prediction": ["DET", "VERB", "NOUN"]},
    ]
    assert score(TOKEN_ACCURACY, predictions) == 50.0


def test_token_accuracy_without_tokens_is_zero(score: Score) -> None:
    assert score(TOKEN_ACCURACY, [{"gold": [], "prediction": []}]) == 0.0


def test_token_accuracy_refuses_a_wrong_number_of_tags() -> None:
    with pytest.raises(ValueError, match="1 predicted tags for 2 gold tags"):
        TOKEN_ACCURACY.statistics({"gold": [["NOUN", "VERB"]], "prediction": [["NOUN"]]})


def test_intervals_fit_the_statistics() -> None:
    # Tokens of a sentence are not independent, so only whole items may use the binomial interval.
    assert ACCURACY.interval == "wilson"
    assert TOKEN_ACCURACY.interval == "bootstrap"


def test_masked_accuracy_weighs_masks_not_texts(score: Score) -> None:
    # Text 1: none of 1 right; text 2: 3 of 3. Over masks 3/4 = 75, over texts it would be 50.
    predictions = [{"gold": [7], "prediction": [8]}, {"gold": [5, 9, 5], "prediction": [5, 9, 5]}]
    assert score(MASKED_ACCURACY, predictions) == 75.0
