from __future__ import annotations

from random import Random

import pytest
from harness_plugins.perturbations.code_switch import CodeSwitchSettings, change, change_word
from hypothesis import given
from hypothesis import strategies as st

from harness.perturbations import File
from harness.sources.mini.languages import LANGUAGES
from tests.raising import raises_code


def dictionary(text: str) -> CodeSwitchSettings:
    return CodeSwitchSettings(words=File("words.tsv", text))


GERMAN = dictionary("Hund\tdog\nlaufen\trun\n\nHaus\thouse\nhaus\thome\n")


def test_words_of_the_dictionary_are_replaced_with_the_case_of_their_first_letter() -> None:
    assert change("Der Hund, laufen? Hunde im HAUS!", Random(0), "de", 3, GERMAN) == ("Der Dog, run? Hunde im Home!")
    assert change_word("laufen", Random(0), "de", 3, GERMAN) == "run"


def test_severity_is_the_share_of_the_words_that_it_has() -> None:
    text = "laufen und " * 500
    assert [change(text, Random(0), "de", severity, GERMAN).count("run") for severity in (1, 2, 3)] == [100, 250, 500]
    words = [change_word("laufen", Random(seed), "de", 1, GERMAN) for seed in range(500)]
    assert 60 < words.count("run") < 140


def test_a_word_with_several_translations_gets_any_and_one_with_a_tag_no_two_words() -> None:
    several = dictionary("gehen\tgo\ngehen\tgo away\ngehen\twalk")
    assert {change("gehen", Random(seed), "de", 3, several) for seed in range(40)} == {"go", "go away", "walk"}
    assert {change_word("gehen", Random(seed), "de", 3, several) for seed in range(40)} == {"go", "walk"}


def test_words_without_blanks_between_are_found_by_the_longest() -> None:
    chinese = dictionary("zh\t妈妈\tmum\nzh\t妈\tma\nzh\t回来\tcome back\nsw\tmama\tmum")
    assert change("他说，妈妈，我回来了。", Random(0), "zh", 3, chinese) == "他说，mum，我come back了。"
    thai = dictionary("ไม่\tnot")
    assert change("เขาไม่พูด", Random(0), "th", 3, thai) == "เขาnotพูด"


def test_lines_of_a_language_are_for_that_language_alone() -> None:
    both = dictionary("sw\tmama\tmum\nru\tмама\tmum")
    assert change("mama", Random(0), "sw", 3, both) == "mum"
    assert change("mama", Random(0), "it", 3, both) == "mama"
    assert change("Мама", Random(0), "ru", 3, both) == "Mum"
    hindi = dictionary("नहीं\tnot")
    assert change("मैं नहीं।", Random(0), "hi", 3, hindi) == "मैं not।"
    arabic = dictionary("لا\tno")
    assert change("لا، ولا", Random(0), "ar", 3, arabic) == "no، ولا"


@pytest.mark.parametrize("line", ["Hund dog", "Hund\t", "\tdog", "de\tHund\tdog\tNN"])
def test_lines_that_are_no_translation_are_refused_by_number(line: str) -> None:
    with raises_code("not-a-dictionary", "line 2 of words.tsv"):
        change("Hund", Random(0), "de", 1, dictionary(f"laufen\trun\n{line}"))


def test_an_empty_dictionary_is_not_minis() -> None:
    assert change("dog", Random(0), "en", 3, CodeSwitchSettings(words=File("empty.tsv", ""), to="qaa")) == "dog"


def test_mini_has_a_dictionary_and_other_languages_need_one() -> None:
    default = CodeSwitchSettings()
    with raises_code("no-dictionary", "sw", "code-switch:1{words=FILE}"):
        change("mama", Random(0), "sw", 1, default)
    with raises_code("no-dictionary", "sw"):
        change("dog", Random(0), "en", 1, CodeSwitchSettings(to="sw"))
    assert change("the dog", Random(0), "en", 3, default) == "the dog"
    for code, known in LANGUAGES.items():
        text = f"{known.lexicon()['dog']} {known.lexicon()['not']}"
        assert change(text, Random(0), code, 3, default) == "dog not"
        assert change("dog not", Random(0), "en", 3, CodeSwitchSettings(to=code)) == text


@given(text=st.text(), seed=st.integers(0, 3), language=st.sampled_from(["de", "zh"]))
def test_what_the_dictionary_lacks_stays(text: str, seed: int, language: str) -> None:
    assert change(text, Random(seed), language, 3, dictionary("Xyz\tabc")) == text or "Xyz" in text
