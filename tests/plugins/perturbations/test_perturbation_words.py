from __future__ import annotations

from random import Random

import pytest
from harness_plugins.perturbations.words import draw_number, join_words, shares_in_words, split_words
from hypothesis import given
from hypothesis import strategies as st

WORDS = {
    "en": ("Don't pay $3.50, Mr. O'Neil-Smith!", ["Don't", "pay", "3.50", "Mr", "O'Neil-Smith"]),
    "de": ("»Ja«, sagte er (leise).", ["Ja", "sagte", "er", "leise"]),
    "ar": ("لم يَنطِق، بعد؟", ["لم", "يَنطِق", "بعد"]),
    "he": ('שָׁלוֹם, צה"ל', ["שָׁלוֹם", "צה", "ל"]),
    "hi": ("मैं हिन्दी नहीं जानता।", ["मैं", "हिन्दी", "नहीं", "जानता"]),
    "fa": ("می\u200cروم خانه", ["می\u200cروم", "خانه"]),
    "qae": ("თო რე.", ["თო", "რე"]),
    "zh": ("我有3.5个iPhone，不是吗？", ["我", "有", "3.5", "个", "iPhone", "不", "是", "吗"]),
    "th": ("เขาไม่น้ำ", ["เขา", "ไม่", "น้ำ"]),
    "ja": ("ちょっとデータ", ["ちょっ", "と", "デー", "タ"]),
    "my": ("မြန်မာ", ["မြ", "န်", "မာ"]),
}


@pytest.mark.parametrize("language", WORDS)
def test_words_are_those_of_readers_and_letters_where_no_blanks_part_them(language: str) -> None:
    text, words = WORDS[language]
    assert split_words(text, language)[0] == words


@given(text=st.text(), language=st.sampled_from(sorted(WORDS)))
def test_words_and_what_is_between_are_the_text(text: str, language: str) -> None:
    words, gaps = split_words(text, language)
    assert join_words(words, gaps) == text
    assert len(gaps) == len(words) + 1
    assert all(words)


def test_numbers_are_the_share_on_average() -> None:
    random = Random(0)
    drawn = [draw_number(0.25, 3, random) for _ in range(2000)]
    assert set(drawn) == {0, 1}
    assert 0.7 < sum(drawn) / 2000 < 0.8
    assert draw_number(1.0, 3, random) == 3
    assert shares_in_words((0.1, 1 / 3, 1.0), "the rows") == ("10 % of the rows", "33 % of the rows", "all the rows")
