"""Negative log-probabilities of right labels and answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from harness_plugins.metrics.likelihood import ANSWER_NLL, LABEL_NLL

from tests.plugins.metrics.conftest import Score

LABELS = ("c", "e", "n")


def item(gold: str, *probable: float) -> dict[str, Any]:
    """A prediction by the probabilities of the labels c, e and n."""
    log_probs = [math.log(one) for one in probable]
    return {"gold": gold, "prediction": LABELS[log_probs.index(max(log_probs))], "log_probs": log_probs}


def test_the_loss_is_that_of_the_gold_label(score: Score) -> None:
    rows = [item("e", 0.2, 0.7, 0.1), item("e", 0.6, 0.3, 0.1), item("n", 0.1, 0.1, 0.8)]
    assert score(LABEL_NLL, rows) == pytest.approx(-math.log(0.7 * 0.3 * 0.8) / 3)


def test_a_label_that_is_never_predicted_has_the_place_that_is_left(score: Score) -> None:
    rows = [item("n", 0.2, 0.7, 0.1), item("c", 0.6, 0.3, 0.1)]
    assert score(LABEL_NLL, rows) == pytest.approx(-math.log(0.1 * 0.6) / 2)


def test_of_several_places_that_are_left_it_has_the_mean(score: Score) -> None:
    rows = [item("n", 0.2, 0.7, 0.1), item("e", 0.1, 0.6, 0.3)]
    assert score(LABEL_NLL, rows) == pytest.approx(-math.log(0.15 * 0.6) / 2)
    assert "never predicted has the mean probability" in LABEL_NLL.description


def answer(gold: Sequence[str], *spans: tuple[str, float], null: float = 0.0) -> dict[str, Any]:
    """A prediction by odds of spans, and of no answer, whose odds are `null`."""
    shown = [{"text": text, "start": 0, "end": 1, "score": math.log(odds)} for text, odds in spans]
    score = math.log(null) if null else -1e9
    return {"gold": list(gold), "prediction": spans[0][0], "spans": shown, "no_answer_score": score}


def test_answers_that_are_equal_after_normalisation_are_right_together(score: Score) -> None:
    # What is not stored has the odds of the last span, 1, and no answer 2.
    rows = [answer(["old school", "x"], ("The old school.", 4), ("town", 2), ("old school", 1), null=2)]
    assert score(ANSWER_NLL, rows) == pytest.approx(-math.log(5 / (4 + 2 + 1 + 2 + 1)))


def test_an_answer_that_is_not_stored_counts_as_the_last_one(score: Score) -> None:
    rows = [answer(["school"], ("town", 6), ("river", 2))]
    assert score(ANSWER_NLL, rows) == pytest.approx(-math.log(2 / 10))


def test_a_question_without_answer_is_right_without(score: Score) -> None:
    rows = [answer([], ("town", 1), null=3)]
    assert score(ANSWER_NLL, rows) == pytest.approx(-math.log(3 / 5))
    rows[0]["spans"] = []
    assert score(ANSWER_NLL, rows) == pytest.approx(math.log(2))


def test_a_surer_right_answer_has_less_loss(score: Score) -> None:
    rows = (
        answer(["a b"], ("a b", 9), ("c", 1)),
        answer(["a b"], ("a b", 2), ("c", 1)),
        answer(["a b"], ("c", 9), ("d", 1)),
    )
    sure, unsure, wrong = (score(ANSWER_NLL, [row]) for row in rows)
    assert sure < unsure < wrong
