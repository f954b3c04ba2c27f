from __future__ import annotations

from random import Random

import pytest
from harness_plugins.perturbations.negation import SPARED
from harness_plugins.perturbations.word_drop import SHARES, WordDropSettings, change
from harness_plugins.perturbations.words import split_words
from hypothesis import given
from hypothesis import strategies as st

from harness.perturbations import File
from harness.registry import default_registry
from harness.sources.mini.languages import LANGUAGES, grammar_of
from tests.raising import raises_code

DEFAULT = WordDropSettings()

# What is left at the most when everything else has gone, by hand.
LEFT = {
    "ar": ("وقال إنه لم ينطق ببنت شفة ولا أحد كل يوم", ["لم", "ولا", "أحد", "كل"]),
    "bg": ("Той не каза нито дума на всички", ["не", "нито", "всички"]),
    "de": ("Er sagte kein Wort, und nicht alle lachten", ["kein", "nicht", "alle"]),
    "el": ("Δεν είπε ούτε μια λέξη σε όλους τους τρεις", ["Δεν", "ούτε", "όλους", "τρεις"]),
    "en": ("He didn't say a word to all 3 men and Nobody left", ["didn't", "all", "3", "Nobody"]),
    "es": ("Nunca dijo ninguna palabra a todos los hombres", ["Nunca", "ninguna", "todos"]),
    "fr": ("Il n'a pas dit un mot à tous ni à personne", ["n'a", "pas", "tous", "ni", "personne"]),
    "hi": ("उसने सभी लोगों से एक शब्द नहीं कहा", ["सभी", "एक", "नहीं"]),
    "ru": ("Он не произнёс ни слова всем трём друзьям", ["не", "ни", "всем", "трём"]),
    "sw": ("Alisema Hakusema neno kwa watu wote bila sababu", ["Hakusema", "wote", "bila"]),
    "tr": ("Okulda kimse bir kelime söylemedi ve gitmiyor", ["kimse", "bir", "söylemedi", "gitmiyor"]),
    "ur": ("اس نے تمام لوگوں سے ایک لفظ نہیں کہا", ["تمام", "ایک", "نہیں"]),
    "vi": ("Anh ấy không nói với mọi người", ["không", "mọi"]),
    "zh": ("他没说话所有人都走了", ["没", "所", "有", "都"]),
    "th": ("เขาไม่พูดทุกคน", ["ไม่", "ทุ", "ก"]),
}


@pytest.mark.parametrize("language", LEFT)
def test_what_negates_or_counts_is_never_dropped(language: str) -> None:
    text, spared = LEFT[language]
    words, _ = split_words(text, language)
    lost = set()
    for seed in range(200):
        found, _ = split_words(change(text, Random(seed), language, 3, DEFAULT), language)
        assert [word for word in found if word in spared] == [word for word in words if word in spared]
        rest = iter(words)
        assert all(word in rest for word in found)
        lost |= set(words) - set(found)
    assert lost == set(words) - set(spared)


def test_what_copa_asks_for_is_never_dropped() -> None:
    for code in ("en", "sw", "th", "zh"):
        for asked in ("cause", "effect"):
            found = {change(f"What was the {asked}?", Random(seed), code, 3, DEFAULT) for seed in range(60)}
            assert len(found) > 3
            assert all(text.endswith(f"{asked}?") for text in found)


def test_the_lists_are_of_the_languages_of_xnli_and_of_mini() -> None:
    registry = default_registry()
    assert SPARED.keys() == {*registry.task("xnli").languages, *LANGUAGES}
    for code in LANGUAGES:
        lexicon = grammar_of(code).lexicon
        for english in ("not", "no"):
            assert change(f"{lexicon[english]} xx yy", Random(0), code, 3, DEFAULT).startswith(lexicon[english])
    for code in (code for code in LANGUAGES if code != "en"):
        assert SPARED[code].split() == [grammar_of(code).lexicon[english] for english in ("not", "no")]


def test_a_language_without_list_is_refused_and_may_be_given_one() -> None:
    with raises_code("no-words-to-spare", "ht", "word-drop:2{spare=FILE}"):
        change("Li pa di anyen", Random(0), "ht", 2, DEFAULT)
    with raises_code("no-words-to-spare"):
        change("Li pa di anyen", Random(0), "ht", 2, WordDropSettings(spare=File("empty", " \n")))
    given = WordDropSettings(spare=File("ht.txt", "pa\n\nanyen\n"))
    found = {change("Li pa di Anyen", Random(seed), "ht", 3, given) for seed in range(100)}
    assert found == {"pa di Anyen", "Li pa Anyen", "pa Anyen"}
    large = WordDropSettings(spare=File("ht.txt", "PA\n"))
    assert all("pa" in change("Li pa di Anyen", Random(seed), "ht", 3, large).split() for seed in range(60))
    further = WordDropSettings(spare=File("th.txt", "พูด"))
    assert all("พูด" in change("เขาไม่พูดทุกคน", Random(seed), "th", 3, further) for seed in range(60))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Peter, Paul", {"Peter", "Paul"}),
        ("»Peter, (Paul)!«", {"»Peter!«", "»(Paul)!«"}),
        ("Paul, Hans, Peter", {"Paul, Peter", "Paul, Hans", "Hans, Peter", "Paul", "Hans", "Peter"}),
        (" in Paris ", {" Paris ", " in "}),
        ("Peter", {"Peter"}),
        ("", {""}),
    ],
)
def test_marks_and_blanks_around_a_word_that_goes_fit(text: str, found: set[str]) -> None:
    changed = {change(text, Random(seed), "de", 3, DEFAULT) for seed in range(200)}
    assert changed | {text} == found | {text}


def test_severity_is_the_share_of_the_words() -> None:
    text = " ".join(["word"] * 1000)
    left = [len(change(text, Random(0), "en", severity, DEFAULT).split()) for severity in (1, 2, 3)]
    assert left == [round(1000 * (1 - share)) for share in SHARES]


@given(text=st.text(), language=st.sampled_from(["en", "zh", "ar"]), severity=st.sampled_from([1, 2, 3]))
def test_something_is_left_of_every_text(text: str, language: str, severity: int) -> None:
    found = change(text, Random(4), language, severity, DEFAULT)
    assert bool(found.strip()) == bool(text.strip())
