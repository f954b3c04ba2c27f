from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from harness_plugins.perturbations.local_order import WINDOWS, change
from harness_plugins.perturbations.words import split_words
from hypothesis import given
from hypothesis import strategies as st

TEXTS = {
    "en": "One two, three (four) five six. Seven eight nine? Ten eleven",
    "ar": "لم أعرف من أجل ماذا أنا ذاهب، لذلك كان علي أن أبلغ؟ نعم",
    "hi": "मुझे नहीं पता था कि मैं क्या कर रहा था। वह कभी वाशिंगटन नहीं गया",
    "zh": "我不知道我要去干什么。所以就去指定的地方报到",
    "th": "ฉันไม่รู้ว่าฉันไปเพื่ออะไร",
    "he": "דג סקרן שט בים מאוכזב ולפתע מצא חברה",
}


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("severity", [1, 2, 3])
def test_words_move_within_their_window_and_their_sentence_and_marks_stay(language: str, severity: int) -> None:
    text = TEXTS[language]
    words, gaps = split_words(text, language)
    numbered = " ".join(f"w{place:02}" for place in range(40))
    moves = set()
    for seed in range(30):
        found, marks = split_words(change(text, Random(seed), language, severity), language)
        assert marks == gaps
        assert Counter(found) == Counter(words)
        places = [int(word[1:]) for word in change(numbered, Random(seed), "en", severity).split()]
        moves |= {abs(place - index) for index, place in enumerate(places)}
    assert max(moves) == WINDOWS[severity - 1] - 1


def test_pairs_of_neighbours_change_places_and_no_word_leaves_its_sentence() -> None:
    found = {change("a b c. D e", Random(seed), "en", 1) for seed in range(200)}
    assert found == {f"{one}. {other}" for one in ("a b c", "b a c", "a c b") for other in ("D e", "e D")}
    assert {change("好吗？是", Random(seed), "zh", 3) for seed in range(50)} == {"好吗？是", "吗好？是"}


def test_letters_keep_their_vowel_signs_and_tones() -> None:
    found = {change("ไม่น้ำ", Random(seed), "th", 1) for seed in range(20)}
    assert found == {"ไม่น้ำ", "น้ำไม่"}
    assert {change("नहीं हूँ", Random(seed), "hi", 1) for seed in range(20)} == {"नहीं हूँ", "हूँ नहीं"}


@given(text=st.text(), language=st.sampled_from(["en", "zh"]), severity=st.sampled_from([1, 2, 3]))
def test_nothing_is_lost_or_added(text: str, language: str, severity: int) -> None:
    assert Counter(change(text, Random(3), language, severity)) == Counter(text)
