from __future__ import annotations

import unicodedata
from random import Random
from typing import Literal

import pytest
import regex
from harness_plugins.perturbations.diacritics import change
from hypothesis import given
from hypothesis import strategies as st

Form = Literal["NFC", "NFD"]

PLAIN = {
    "fr": ("L'été, à Noël, ça va où?", "L'ete, a Noel, ca va ou?"),
    "vi": ("Anh ấy không nói một lời nào, đường", "Anh ay khong noi mot loi nao, duong"),
    "pl": ("Zażółć gęślą jaźń, ŁÓDŹ", "Zazolc gesla jazn, LODZ"),
    "tr": ("İstanbul'da ışık çok güzel", "Istanbul'da isik cok guzel"),
    "el": ("Ο άνθρωπος, ΐσως προϋπόθεση", "Ο ανθρωπος, ισως προυποθεση"),
    "ru": ("Съешь ещё мой за\u0301мок, Ёжик", "Съешь еще мой замок, Ежик"),
    "uk": ("Її їжак і йод", "Її їжак і йод"),
    "ar": ("أَكَلَ الوَلَدُ تُفَّاحَةً إلى الآن؛ سؤال", "اكل الولد تفاحة الى الان؛ سؤال"),
    "ur": ("آپ کا مُلک، ؤ ئ", "آپ کا ملک، ؤ ئ"),
    "he": ("שָׁלוֹם עֲלֵיכֶם", "שלום עליכם"),
}
STAY = {
    "hi": "मैं हिन्दी बोलता हूँ, ज़्यादा नहीं।",
    "bn": "আমি বাংলায় গান গাই",
    "ta": "யாதும் ஊரே யாவரும் கேளிர்",
    "te": "నేను తెలుగు మాట్లాడతాను",
    "th": "ม่าม๊า ไม่ได้พูดสักคำ น้ำ",
    "my": "မြန်မာစကား",
    "zh": "他没说一句话。",
    "ja": "がぎぐげご、パン",
    "ko": "다람쥐 헌 쳇바퀴에",
    "en": "He didn't say a word.",
    "qae": "თო რე",
}


@pytest.mark.parametrize("language", PLAIN)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_all_marks_that_readers_supply_are_left_out(language: str, form: Form) -> None:
    text, plain = (unicodedata.normalize(form, one) for one in PLAIN[language])
    assert change(text, Random(0), language, 3) == plain


@pytest.mark.parametrize("language", STAY)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_is_a_letter_to_readers_stays(language: str, form: Form) -> None:
    text = unicodedata.normalize(form, STAY[language])
    assert {change(text, Random(0), language, severity) for severity in (1, 2, 3)} == {text}


def test_hamza_is_left_out_in_arabic_alone() -> None:
    assert change("أب", Random(0), "ar", 3) == "اب"
    assert change("أب", Random(0), "fa", 3) == "أب"


def test_severity_is_the_share_of_letters_with_marks() -> None:
    text = "é" * 300 + "e" * 300
    assert [change(text, Random(0), "fr", severity).count("é") for severity in (1, 2, 3)] == [200, 100, 0]
    found = {change("ấb", Random(seed), "vi", 1) for seed in range(40)}
    assert found == {"ấb", "ab"}


@given(text=st.text(), language=st.sampled_from(["ar", "fr", "ru", "hi"]), severity=st.sampled_from([1, 2, 3]))
def test_letters_words_and_blanks_stay_in_number(text: str, language: str, severity: int) -> None:
    found = change(text, Random(1), language, severity)
    assert len(found.split()) == len(text.split())
    assert len(regex.findall(r"\p{L}", unicodedata.normalize("NFD", found))) == len(
        regex.findall(r"\p{L}", unicodedata.normalize("NFD", text))
    )
    assert change(found, Random(1), language, 3) == change(text, Random(1), language, 3)
