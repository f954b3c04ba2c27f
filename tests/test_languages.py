"""The languages of the benchmarks."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from harness.errors import UnknownName
from harness.languages import LANGUAGES, Language, is_code, iso639_3, language
from tests.raising import raises_code

# The languages of the XTREME scorer, then those that XTREME-R adds.
XTREME_R = (
    "af ar bg bn de el en es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt ru sw "
    "ta te th tl tr ur vi yo zh "
    "az gu ht lt pa pl qu ro uk wo"
)
CONSTRUCTED = ("qaa", "qab", "qac", "qad", "qae", "qaf", "qag")
TATOEBA = Path(__file__).parents[1] / os.environ.get("XHARNESS_SHARED", "../shared") / "data" / "tatoeba" / "v1"


def test_the_languages_are_those_of_xtreme_r_and_the_constructed_ones() -> None:
    assert set(LANGUAGES) == {*XTREME_R.split(), *CONSTRUCTED}


def test_a_language_says_what_it_is() -> None:
    assert language("sw") == Language("sw", "swh", "Swahili", "Niger-Congo", "Latin", 2)


def test_codes_and_names_are_unique() -> None:
    assert len({known.iso639_3 for known in LANGUAGES.values()}) == len(LANGUAGES)
    assert len({known.name for known in LANGUAGES.values()}) == len(LANGUAGES)


def test_low_resource_languages_are_those_of_class_two_and_lower() -> None:
    low = {code for code, known in LANGUAGES.items() if known.low_resource}
    # Of the constructed ones, qad has a tenth of English's text, and its dialect and that of qaa have none.
    assert low == {"sw", "yo", "mr", "pa", "wo", "ht", "my", "jv", "te", "ml", "qu", "az", "gu", "qad", "qaf", "qag"}


def test_constructed_languages_have_no_class_but_the_low_resource_ones() -> None:
    assert {language(code).family for code in CONSTRUCTED} == {"constructed"}
    classes = {code: language(code).resource_class for code in CONSTRUCTED}
    assert classes == {"qaa": None, "qab": None, "qac": None, "qad": 1, "qae": None, "qaf": 0, "qag": 0}
    assert {code for code in CONSTRUCTED if language(code).script != "Latin"} == {"qae"}


@pytest.mark.parametrize("code", XTREME_R.split())
def test_a_name_in_place_of_a_code_suggests_the_code(code: str) -> None:
    name = LANGUAGES[code].name
    for typed in (name, name.lower()):
        with pytest.raises(UnknownName) as caught:
            language(typed)
        suggested = caught.value.fix or ""
        assert f"({code})" in suggested or suggested.endswith(f" {code}?") or f" {code} or " in suggested


def test_a_mistyped_code_suggests_its_neighbours() -> None:
    with raises_code("unknown-language", "swa") as caught:
        language("swa")
    assert "sw" in str(caught.value.fix)


def test_a_code_like_no_other_says_how_many_there_are() -> None:
    with pytest.raises(UnknownName) as caught:
        language("cmn")
    assert f"{len(LANGUAGES)} languages" in str(caught.value.fix)


def test_unknown_codes_have_no_three_letter_code() -> None:
    with pytest.raises(UnknownName):
        iso639_3("xx")


@pytest.mark.parametrize(
    ("code", "three"), [("sv", "swe"), ("ca", "cat"), ("cs", "ces"), ("swe", "swe"), ("arz", "arz"), ("fa", "pes")]
)
def test_every_language_of_iso_639_has_a_three_letter_code(code: str, three: str) -> None:
    assert iso639_3(code) == three


def test_codes_of_iso_639_1_are_those_of_the_registration_authority() -> None:
    from harness.languages import _ISO_639_1

    assert len(_ISO_639_1) == 184
    assert all(re.fullmatch("[a-z]{2}", code) for code in _ISO_639_1)
    assert len(set(_ISO_639_1.values())) == 184
    # Where this program has another one, it is that of a language for its macrolanguage.
    other = {code for code, known in LANGUAGES.items() if _ISO_639_1.get(code, known.iso639_3) != known.iso639_3}
    assert other == {"fa", "sw", "zh"}


@pytest.mark.parametrize("text", ["", "s", "SV", "sw-KE", "german", "12", "é1", "svenska"])
def test_what_is_no_code_of_iso_639_is_refused(text: str) -> None:
    assert not is_code(text)
    with pytest.raises(UnknownName):
        iso639_3(text)


@pytest.mark.skipif(not TATOEBA.is_dir(), reason="the Tatoeba files are absent (XHARNESS_SHARED)")
def test_three_letter_codes_name_the_tatoeba_files() -> None:
    files = {path.suffix[1:] for path in TATOEBA.glob("tatoeba.*-eng.*")} - {"eng"}
    assert len(files) == 41
    assert files <= {iso639_3(code) for code in XTREME_R.split()}
    assert iso639_3("zh") == "cmn"
