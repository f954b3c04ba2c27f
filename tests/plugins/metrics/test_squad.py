"""SQuAD exact match and F1."""

from __future__ import annotations

import string
from typing import Any

import pytest
from harness_plugins.metrics.squad import NORMALISER, SQUAD_EXACT_MATCH, SQUAD_F1, SQUAD_V2_EXACT_MATCH, SQUAD_V2_F1
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.metrics.conftest import Score, Statistics
from tests.raising import raises_code


def answer(prediction: str, *gold: str) -> dict[str, Any]:
    return {"gold": list(gold), "prediction": prediction}


def normalise(text: str) -> str:
    (normal,) = NORMALISER.normalised([text])
    return str(normal)


def normalise_by_description(text: str) -> str:
    """Lower case; no ASCII punctuation; English articles between characters of words are blanks; single blanks."""
    kept = [character for character in text.lower() if character not in string.punctuation]
    words: list[str] = []
    for character in kept:
        # A maximal run of characters of words, or one other character.
        in_word = character.isalnum()
        if in_word and words and words[-1][-1].isalnum():
            words[-1] += character
        else:
            words.append(character)
    return " ".join("".join(" " if word in ("a", "an", "the") else word for word in words).split())


TEXTS = st.text(st.sampled_from([*"aAnthe .,'-\t\n\0", "é", "\u0301", "。", "ا", "Σ", "٣", "–", "\x1e"]))


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


@given(st.lists(TEXTS | st.text()))
def test_normalisation_is_that_of_the_description_however_many_texts_come_together(texts: list[str]) -> None:
    assert NORMALISER.normalised(texts) == list(map(normalise_by_description, texts))


@given(TEXTS | st.text())
def test_normalisation_adds_no_word(text: str) -> None:
    # A hyphen or dot joins words; only an article between other signs than letters, as in "–a–", parts them.
    letters = "".join(character for character in text if character.isalnum() or character.isspace())
    assert len(normalise(letters).split()) <= len(letters.split())
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(min_size=1), st.lists(st.text(), max_size=3))
def test_an_accepted_answer_is_an_exact_match(text: str, others: list[str]) -> None:
    assert SQUAD_EXACT_MATCH.statistics({"gold": [[*others, text]], "prediction": [text]}) == [True]


@given(st.text(), st.lists(st.text(), min_size=1, max_size=3))
def test_f1_lies_between_exact_match_and_one(prediction: str, gold: list[str]) -> None:
    (f1,) = SQUAD_F1.statistics({"gold": [gold], "prediction": [prediction]})
    (exact,) = SQUAD_EXACT_MATCH.statistics({"gold": [gold], "prediction": [prediction]})
    assert 0.0 <= f1 <= 1.0
    assert exact in (0.0, 1.0)
    if normalise(prediction):
        assert f1 >= exact


def test_f1_is_that_of_bags_of_words(score: Score) -> None:
    # {new, york, city} against {york, city, hall}: two shared, F1 = 2 * 2 / (3 + 3).
    assert score(SQUAD_F1, [answer("New York City", "York City Hall")]) == pytest.approx(200 / 3)
    # "b b" shares one b with "b c": 2 * 1 / (2 + 2). Sets instead of bags would give 2/3.
    assert score(SQUAD_F1, [answer("b b", "b c")]) == pytest.approx(50.0)


def test_best_accepted_answer_counts(score: Score) -> None:
    predictions = [answer("red car", "blue car", "red car", "bus")]
    assert score(SQUAD_EXACT_MATCH, predictions) == 100.0
    assert score(SQUAD_F1, predictions) == 100.0


def test_scores_are_means_over_questions(score: Score) -> None:
    predictions = [answer("red car", "red car"), answer("red car", "blue car"), answer("x", "y"), answer("", "y")]
    assert score(SQUAD_EXACT_MATCH, predictions) == 25.0
    assert score(SQUAD_F1, predictions) == pytest.approx(100 * 1.5 / 4)


@pytest.mark.parametrize("metric", [SQUAD_EXACT_MATCH, SQUAD_F1])
def test_unanswerable_question_wants_an_empty_answer(metric: Any, statistics: Statistics) -> None:
    assert statistics(metric, answer(""), answer("something"), answer("the")) == [(1.0,), (0.0,), (1.0,)]


def test_words_that_vanish_in_normalisation_match_exactly_but_share_no_word(statistics: Statistics) -> None:
    # SQuAD v1.1: "the" normalises to nothing, which equals nothing but has no word in common with it.
    assert statistics(SQUAD_EXACT_MATCH, answer("the", "The")) == [(1.0,)]
    assert statistics(SQUAD_F1, answer("the", "The")) == [(0.0,)]


def scored_span(null_score: float, *gold: str, text: str = "red car", threshold: float = 1.5) -> dict[str, Any]:
    """The prediction, by threshold 0, plays no role."""
    spans = [{"text": text, "score": 2.0}] if text else []
    return answer("other", *gold) | {"no_answer_score": null_score, "spans": spans, "threshold": threshold}


def test_no_answer_is_given_where_the_null_score_exceeds_the_spans_by_more_than_the_threshold(
    statistics: Statistics,
) -> None:
    predictions = [
        scored_span(3.0, "red car"),  # 1 more: answered
        scored_span(3.5, "red bus"),  # as much as the threshold: answered, one of two words
        scored_span(3.6, "red car"),  # more: not answered
        scored_span(3.6),
        scored_span(3.0),
        scored_span(-9.0, text=""),  # no span to answer with
    ]
    assert statistics(SQUAD_V2_EXACT_MATCH, *predictions) == [(1.0,), (0.0,), (0.0,), (1.0,), (0.0,), (1.0,)]
    assert statistics(SQUAD_V2_F1, *predictions) == [(1.0,), (0.5,), (0.0,), (1.0,), (0.0,), (1.0,)]


V2 = [SQUAD_V2_F1, SQUAD_V2_EXACT_MATCH]


def official(prediction: str, gold: list[str]) -> tuple[float, float]:
    """F1 and exact match of a question by the description of SQuAD v2.0's script."""
    accepted = [text for text in gold if normalise_by_description(text)] or [""]
    scores = []
    for text in accepted:
        words, answer = (normalise_by_description(one).split() for one in (text, prediction))
        shared = sum(min(words.count(word), answer.count(word)) for word in set(words))
        f1 = 2 * shared / (len(words) + len(answer)) if words and answer else float(words == answer)
        scores.append((f1, float(words == answer)))
    best_f1, best_exact = map(max, zip(*scores, strict=True))
    return best_f1, best_exact


@pytest.mark.parametrize("metric", V2)
def test_accepted_answers_that_normalise_to_nothing_do_not_count(metric: Any, statistics: Statistics) -> None:
    answered, unanswered = 0.0, 9.0
    predictions = [
        scored_span(unanswered, "the"),  # none is left, so the question has no answer
        scored_span(answered, "the"),
        scored_span(answered, "an", "...", text="The"),
        scored_span(unanswered, "the", "red car"),
        scored_span(answered, "the", "red car"),
        scored_span(answered, "the", "red car", text="the"),
    ]
    assert statistics(metric, *predictions) == [(1.0,), (0.0,), (1.0,), (0.0,), (1.0,), (0.0,)]


@given(st.lists(st.tuples(TEXTS, st.lists(TEXTS, max_size=3)), min_size=1))
def test_scores_of_squad_v2_are_those_of_its_script(items: list[tuple[str, list[str]]]) -> None:
    predictions: dict[str, list[Any]] = {
        "gold": [gold for _, gold in items],
        "prediction": ["other" for _ in items],
        "spans": [[{"text": text, "score": 1.0}] for text, _ in items],
        "no_answer_score": [0.0 for _ in items],
        "threshold": [0.0 for _ in items],
    }
    f1, exact = (list(metric.statistics(predictions)) for metric in V2)
    best = [official(*item) for item in items]
    assert f1 == pytest.approx([score for score, _ in best])
    assert exact == [score for _, score in best]


@pytest.mark.parametrize("metric", V2)
@given(gold=st.lists(TEXTS, max_size=3), prediction=TEXTS)
def test_gold_that_is_said_to_score_as_before_does(metric: Any, gold: list[str], prediction: str) -> None:
    first = {SQUAD_V2_F1: SQUAD_F1, SQUAD_V2_EXACT_MATCH: SQUAD_EXACT_MATCH}[metric]
    item = {name: [value] for name, value in scored_span(0.0, *gold, text=prediction).items()}
    before = first.statistics({"gold": [gold], "prediction": [prediction]})
    assert metric.changed(gold) or metric.statistics(item) == before


@pytest.mark.parametrize("metric", V2)
def test_predictions_without_a_threshold_are_refused(metric: Any) -> None:
    with raises_code("no-threshold"):
        metric.statistics({"gold": [["a"]], "prediction": ["a"], "no_answer_score": [0.0], "spans": [[]]})


def test_intervals_fit_the_statistics() -> None:
    assert SQUAD_EXACT_MATCH.interval == "wilson"
    assert SQUAD_F1.interval == "bootstrap"
