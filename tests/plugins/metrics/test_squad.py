"""SQuAD exact match and F1."""

from __future__ import annotations

import string
from typing import Any

import pytest
from harness_plugins.metrics.squad import SQUAD_EXACT_MATCH, SQUAD_F1, normalise
from hypothesis import given
from hypothesis import strategies as st


def answer(prediction: str, *gold: str) -> dict[str, Any]:
    return {"gold": list(gold), "prediction": prediction}


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The  Wound-care.", "woundcare"),
        ("a theatre, an opera", "theatre opera"),
        ("\tDer Hund ", "der hund"),
        ("la casa", "la casa"),
        # Only ASCII punctuation goes, and text without spaces stays in one piece.
        ("'《红楼梦》是小说。'", "《红楼梦》是小说。"),
        ("Été", "été"),
        # Punctuation goes first, so "a." is an article and "a-b" is not.
        ("a. b", "b"),
        ("a-b", "ab"),
        ("the", ""),
    ],
)
def test_normalise(text: str, normal: str) -> None:
    assert normalise(text) == normal


@given(st.text(st.sampled_from([*"abethnAET .,-\t", "é", "。", "ا"])))
def test_normalised_text_holds_no_article_punctuation_or_capital(text: str) -> None:
    normal = normalise(text)
    assert not set(normal.split(" ")) & {"a", "an", "the"}
    assert not set(normal) & set(string.punctuation + string.ascii_uppercase)
    assert normal == " ".join(normal.split())
    assert normalise(normal) == normal


@given(st.text(min_size=1), st.lists(st.text(), max_size=3))
def test_an_accepted_answer_is_an_exact_match(text: str, others: list[str]) -> None:
    assert SQUAD_EXACT_MATCH.statistics(answer(text, *others, text)) == (1.0,)


@given(st.text(), st.lists(st.text(), min_size=1, max_size=3))
def test_f1_lies_between_exact_match_and_one(prediction: str, gold: list[str]) -> None:
    (f1,) = SQUAD_F1.statistics(answer(prediction, *gold))
    (exact,) = SQUAD_EXACT_MATCH.statistics(answer(prediction, *gold))
    assert 0.0 <= f1 <= 1.0
    assert exact in (0.0, 1.0)
    if normalise(prediction):
        assert f1 >= exact


def test_f1_is_that_of_bags_of_words(score: Any) -> None:
    # {new, york, city} against {york, city, hall}: two shared, F1 = 2 * 2 / (3 + 3).
    assert score(SQUAD_F1, [answer("New York City", "York City Hall")]) == pytest.approx(200 / 3)
    # "b b" shares one b with "b c": 2 * 1 / (2 + 2). Sets instead of bags would give 2/3.
    assert score(SQUAD_F1, [answer("b b", "b c")]) == pytest.approx(50.0)


def test_best_accepted_answer_counts(score: Any) -> None:
    predictions = [answer("red car", "blue car", "red car", "bus")]
    assert score(SQUAD_EXACT_MATCH, predictions) == 100.0
    assert score(SQUAD_F1, predictions) == 100.0


def test_scores_are_means_over_questions(score: Any) -> None:
    predictions = [answer("red car", "red car"), answer("red car", "blue car"), answer("x", "y"), answer("", "y")]
    assert score(SQUAD_EXACT_MATCH, predictions) == 25.0
    assert score(SQUAD_F1, predictions) == pytest.approx(100 * 1.5 / 4)


@pytest.mark.parametrize("metric", [SQUAD_EXACT_MATCH, SQUAD_F1])
def test_unanswerable_question_wants_an_empty_answer(metric: Any) -> None:
    assert metric.statistics(answer("")) == (1.0,)
    assert metric.statistics(answer("something")) == (0.0,)


def test_words_that_vanish_in_normalisation_match_exactly_but_share_no_word() -> None:
    # SQuAD v1.1: "the" normalises to nothing, which equals nothing but has no word in common with it.
    assert SQUAD_EXACT_MATCH.statistics(answer("the", "The")) == (1.0,)
    assert SQUAD_F1.statistics(answer("the", "The")) == (0.0,)


def test_intervals_fit_the_statistics() -> None:
    assert SQUAD_EXACT_MATCH.interval == "wilson"
    assert SQUAD_F1.interval == "bootstrap"
