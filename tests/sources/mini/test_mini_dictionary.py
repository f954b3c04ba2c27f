from __future__ import annotations

import pytest

from harness.sources.mini.dictionary import mini_dictionary
from harness.sources.mini.languages import CONSTRUCTED, LANGUAGES, gloss


@pytest.mark.parametrize("code", CONSTRUCTED)
def test_words_keep_their_meaning_tense_and_voice(code: str) -> None:
    there, back = mini_dictionary(code), mini_dictionary("en", code)
    for word, english in there.items():
        assert " " not in word + english
        meaning = gloss(code, word).replace("-OBJECT", "")
        if not meaning.endswith("-PAST"):
            assert english == meaning
    assert gloss(code, back["washed"]) == gloss(code, back["wash"]) == "wash-PAST"
    assert gloss(code, back["taught"]) == "teach-PAST"
    verbs = {gloss(code, word): english for word, english in there.items()}
    assert (verbs["teach-PAST"], verbs["hide-PAST"], verbs["hide-PASSIVE-PAST"]) == ("taught", "hid", "hidden")


def test_words_that_are_the_same_are_left_out_and_other_languages_have_none() -> None:
    for code in LANGUAGES:
        assert mini_dictionary(code, code) == mini_dictionary(code, "sw") == mini_dictionary("sw", code) == {}
    assert "Anna" not in mini_dictionary("qaa")
    names = mini_dictionary("qae")
    assert names[LANGUAGES["qae"].lexicon()["Anna"]] == "Anna"


def test_the_case_of_objects_is_kept_between_constructed_languages() -> None:
    dog = LANGUAGES["qab"].lexicon()["dog"]
    assert mini_dictionary("qab")[f"{dog}ko"] == "dog"
    assert mini_dictionary("qab", "qac")[f"{dog}ko"] == LANGUAGES["qac"].lexicon()["dog"]
