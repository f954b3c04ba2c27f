from __future__ import annotations

from random import Random

import pytest
import regex
from harness_plugins.perturbations.punctuation import change, change_word
from hypothesis import given
from hypothesis import strategies as st

WAYS = {
    ("en", "Yes, no"): {"Yes,, no", "Yes no", "Yes , no"},
    ("en", "(no)"): {"((no))", "no", "((no", "no))", "( no )", "( no", "no )", "((no )", "( no))"},
    ("zh", "好，是"): {"好，，是", "好是", "好 ， 是"},
    ("ar", "لا؟"): {"لا؟؟", "لا", "لا ؟"},
    ("hi", "नहीं।"): {"नहीं।।", "नहीं", "नहीं ।"},
    ("en", "..."): {"......", ". . . "},
}


def without_doubled_blanks(text: str) -> str:
    single: str = regex.sub(" +", " ", text)
    return single


@pytest.mark.parametrize(("language", "text"), list(WAYS)[:5])
def test_marks_are_dropped_doubled_or_set_apart(language: str, text: str) -> None:
    found = {without_doubled_blanks(change(text, Random(seed), language, 3)) for seed in range(300)}
    assert found == WAYS[language, text]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Don't pay 3.50 or 1,000 to A.B for x@y.z and -5% at 10:30"),
        ("fr", "l'état d'aujourd'hui"),
        ("he", "צה\u05f4ל"),
        ("zh", "3.5"),
        ("th", "ไม่ได้"),
    ],
)
def test_what_is_part_of_a_word_or_number_stays(language: str, text: str) -> None:
    for seed in range(50):
        assert without_doubled_blanks(change(text, Random(seed), language, 3)) == text


def test_blanks_are_doubled_by_their_share() -> None:
    text = " ".join(["word"] * 1001)
    assert [len(change(text, Random(0), "en", severity)) - len(text) for severity in (1, 2, 3)] == [100, 200, 400]


def test_marks_are_hit_by_their_share() -> None:
    text = "a, " * 1000
    hit = [1000 - regex.sub(" +", " ", change(text, Random(0), "en", severity)).count("a, ") for severity in (1, 2, 3)]
    assert hit == [250, 500, 1000]


@given(text=st.text(), language=st.sampled_from(["en", "zh", "hi"]), severity=st.sampled_from([1, 2, 3]))
def test_words_stay_as_they_are_and_are_neither_joined_nor_parted(text: str, language: str, severity: int) -> None:
    found = change(text, Random(2), language, severity)
    letters = r"[^\p{P} ]+"
    assert regex.findall(r"\p{L}|\p{N}", found) == regex.findall(r"\p{L}|\p{N}", text)
    assert bool(found.strip()) == bool(text.strip())
    if language == "en":
        words = [word for word in regex.findall(letters, text) if regex.search(r"\p{L}", word)]
        assert [word for word in regex.findall(letters, found) if regex.search(r"\p{L}", word)] == words


@given(text=st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1), seed=st.integers(0, 9))
def test_a_word_with_a_tag_stays_one(text: str, seed: int) -> None:
    found = change_word(text, Random(seed), "en", 3)
    assert len(found.split()) == len(text.split())
    assert found


def test_a_mark_with_a_tag_is_doubled_and_never_lost() -> None:
    assert {change_word(",", Random(seed), "en", 3) for seed in range(40)} == {",,"}
    assert {change_word("Mr.", Random(seed), "en", 3) for seed in range(40)} == {"Mr", "Mr.."}
    assert {change_word("một số", Random(seed), "vi", 3) for seed in range(40)} == {"một số"}
