"""MLQA's exact match and F1: the normalisation of each language."""

from __future__ import annotations

import string
import unicodedata
from typing import Any

import pytest
from harness_plugins.metrics.mlqa import MLQA_EXACT_MATCH, MLQA_F1, normaliser
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.metrics.conftest import Score, Statistics
from tests.raising import raises_code

LANGUAGES = ("ar", "de", "en", "es", "hi", "vi", "zh")


def words(text: str, language: str) -> list[str]:
    (normal,) = normaliser(language).normalised([text])
    words: list[str] = normal.split()
    return words


def answer(language: str, prediction: str, *gold: str) -> dict[str, Any]:
    return {"gold": list(gold), "prediction": prediction, "language": language}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The wound-care of an «owl».", ["woundcare", "of", "owl"]),
        # Articles of other languages stay, and so do words that only contain an article.
        ("en", "der Hund, la casa, theatre", ["der", "hund", "la", "casa", "theatre"]),
        ("de", "Der Hund, dessen Herr einem DER Diebe …", ["hund", "dessen", "herr", "diebe"]),
        ("de", "the end", ["the", "end"]),
        ("es", "¿Unas casas o los lagos?", ["casas", "o", "lagos"]),
        ("vi", "Của những ngôi là “Hà Nội”", ["ngôi", "hà", "nội"]),
        ("hi", "the हाथी। और", ["the", "हाथी", "और"]),
        # Each character of a text is a word; runs of other signs are words by blanks; CJK punctuation goes.
        ("zh", "《红楼梦》是 HTML5小说。", ["红", "楼", "梦", "是", "html5", "小", "说"]),
        # U+9FA5 is the last such character; U+3400 stands outside.
        ("zh", "\u9fa5\u9fa6\u34003", ["\u9fa5", "\u9fa6\u34003"]),
        # Arabic: the article goes wherever its two letters stand, word-internal ones included.
        ("ar", "الكتاب والقلم", ["كتاب", "و", "قلم"]),
        ("ar", "مقال، مقالات؟", ["مق", "مق", "ات"]),
        # A symbol of ASCII is punctuation here, one of Unicode is not.
        ("en", "3 + 4 = €7", ["3", "4", "€7"]),
        # Constructed languages have no articles.
        ("qaa", "The a; zo.", ["the", "a", "zo"]),
        ("es", "¡La!", []),
    ],
)
def test_words(language: str, text: str, expected: list[str]) -> None:
    assert words(text, language) == expected


@pytest.mark.parametrize("language", ["fr", "zz", "", "EN", "quz"])
def test_other_languages_are_refused(language: str) -> None:
    with raises_code("no-rules-for-language", language):
        MLQA_F1.statistics({"gold": [["a"]], "prediction": ["a"], "language": [language]})


def test_f1_of_chinese_is_over_characters(score: Score) -> None:
    # {红 楼 梦} against {红 楼}: 2 * 2 / (3 + 2). By blanks alone it would be 0.
    assert score(MLQA_F1, [answer("zh", "红楼梦", "红楼")]) == pytest.approx(80.0)


def test_f1_depends_on_the_language_of_the_context(score: Score) -> None:
    # Without its article the answer is right; as English, one of two words is: 2 * 1 / (2 + 1).
    assert score(MLQA_F1, [answer("de", "der Hund", "Hund")]) == 100.0
    assert score(MLQA_F1, [answer("en", "der Hund", "Hund")]) == pytest.approx(200 / 3)
    predictions = [answer("es", "el lago", "lago"), answer("en", "el lago", "lago")]
    assert score(MLQA_EXACT_MATCH, predictions) == 50.0


def test_the_best_accepted_answer_counts(score: Score) -> None:
    assert score(MLQA_F1, [answer("vi", "Hà Nội", "Huế", "hà nội.")]) == 100.0


def test_words_that_vanish_match_exactly_but_share_no_word(statistics: Statistics) -> None:
    predictions = [answer("es", "la", "El"), answer("es", "la")]
    assert statistics(MLQA_EXACT_MATCH, *predictions) == [(1.0,), (0.0,)]
    assert statistics(MLQA_F1, *predictions) == [(0.0,), (0.0,)]


@given(st.sampled_from(LANGUAGES), st.text(), st.text())
def test_f1_lies_between_exact_match_and_one(language: str, prediction: str, gold: str) -> None:
    columns = {"gold": [[gold]], "prediction": [prediction], "language": [language]}
    (f1,) = MLQA_F1.statistics(columns)
    (exact,) = MLQA_EXACT_MATCH.statistics(columns)
    assert 0.0 <= f1 <= 1.0
    if words(prediction, language):
        assert f1 >= exact


ARTICLES = {
    "en": "a an the",
    "es": "un una unos unas el la los las",
    "vi": "của là cái chiếc những",
    "de": "ein eine einen einem eines einer der die das den dem des",
}
TEXTS = st.text(
    st.sampled_from([*"aeinthdlrsu củalà ال مق 红楼梦 ,.-\t\0", "«", "،", "\u0301", "€", "\u9fa5", "İ", "Σ"])
)


def words_by_description(text: str, language: str) -> list[str]:
    """Lower case; no punctuation of any script; articles between characters of words are blanks; words by blanks."""
    found: list[str] = []
    for character in text.lower():
        if character in string.punctuation or unicodedata.category(character)[0] == "P":
            continue
        if found and found[-1][-1].isalnum() and character.isalnum():
            found[-1] += character
        else:
            found.append(character)
    articles = ARTICLES.get(language, "").split()
    kept = "".join(" " if word in articles else word for word in found)
    if language == "ar":
        kept = " ".join(kept.split("ال"))
    if language == "zh":
        kept = "".join(f" {character} " if "\u4e00" <= character <= "\u9fa5" else character for character in kept)
    return kept.split()


@given(st.sampled_from(LANGUAGES), st.lists(TEXTS | st.text()))
def test_normalisation_is_that_of_the_description_however_many_texts_come_together(
    language: str, texts: list[str]
) -> None:
    expected = [" ".join(words_by_description(text, language)) for text in texts]
    assert normaliser(language).normalised(texts) == expected


@given(st.sampled_from([language for language in LANGUAGES if language != "ar"]), TEXTS | st.text())
def test_normalised_again_nothing_changes(language: str, text: str) -> None:
    # Not so in Arabic: an article that goes may bring the letters of another together.
    (once,) = normaliser(language).normalised([text])
    assert normaliser(language).normalised([once]) == [once]


def test_items_of_several_languages_keep_their_order(statistics: Statistics) -> None:
    predictions = [answer("de", "der Hund", "Hund"), answer("en", "der Hund", "Hund"), answer("de", "die", "Katze")]
    assert statistics(MLQA_F1, *predictions) == [(1.0,), (pytest.approx(2 / 3),), (0.0,)]


def test_intervals_fit_the_statistics() -> None:
    assert MLQA_EXACT_MATCH.interval == "wilson"
    assert MLQA_F1.interval == "bootstrap"
