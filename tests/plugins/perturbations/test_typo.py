from __future__ import annotations

import itertools
import unicodedata
from random import Random
from typing import Any

import pytest
import regex
from harness_plugins.perturbations.typo import BESIDE, KEYBOARDS, SHARES, change
from hypothesis import given
from hypothesis import strategies as st

SENTENCES = {
    "en": "The quick brown fox jumps over the lazy dog, and nobody in Paris minds.",
    "ru": "Съешь же ещё этих мягких французских булок да выпей чаю",
    "el": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
    "hi": "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा",
    "ar": "نص حكيم له سر قاطع وذو شأن عظيم",
    "he": "דג סקרן שט בים מאוכזב ולפתע מצא חברה",
    "ko": "다람쥐 헌 쳇바퀴에 타고파 하던 오후",
    "th": "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า",
    "zh": "我能吞下玻璃而不伤身体",
    "vi": unicodedata.normalize("NFD", "Trăm năm trong cõi người ta chữ tài chữ mệnh"),
}


def clusters(text: str) -> list[str]:
    return list(regex.findall(r"\X", text))


@pytest.mark.parametrize("language", SENTENCES)
def test_more_letters_are_hit_the_higher_the_severity(language: str) -> None:
    text = SENTENCES[language]
    changed = [
        sum(change(text, Random(seed), language, severity) != text for seed in range(60)) for severity in (1, 2, 3)
    ]
    assert 0 < changed[0] <= changed[1] <= changed[2]
    assert changed[2] > 40


def distance(one: list[str], other: list[str]) -> int:
    """Letters to insert, delete or replace."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        last, row[0] = row[0], i
        for j, right in enumerate(other, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (left != right))
    return row[-1]


@pytest.mark.parametrize("severity", [1, 2, 3])
def test_the_share_of_letters_is_that_of_the_severity(severity: int) -> None:
    text = " ".join(["abcdefghij"] * 40)
    edits = [distance(clusters(text), clusters(change(text, Random(seed), "en", severity))) for seed in range(3)]
    # A swap is two edits, the others are one.
    assert SHARES[severity - 1] * 400 * 0.8 <= sum(edits) / 3 <= SHARES[severity - 1] * 400 * 2


@pytest.mark.parametrize(("severity", "hit"), [(1, 12), (2, 24), (3, 48)])
def test_so_many_of_400_letters_are_hit(severity: int, hit: int) -> None:
    drawn: list[int] = []

    class Counted(Random):
        def sample(self, population: Any, k: int, **more: Any) -> list[Any]:
            drawn.append(k)
            return super().sample(population, k, **more)

    change("abcdefghij" * 40, Counted(0), "en", severity)
    assert drawn == [hit]


@pytest.mark.parametrize("language", SENTENCES)
def test_letters_are_changed_whole_and_nothing_else_is(language: str) -> None:
    text = SENTENCES[language]
    known = set(clusters(text))
    alone = {letter for letter in known if not letter[0].isalpha()}
    for seed in range(40):
        found = change(text, Random(seed), language, 3)
        assert len(found.split()) == len(text.split())
        assert [c for c in clusters(found) if c in alone] == [c for c in clusters(text) if c in alone]
        for one in set(clusters(found)) - known:
            near = {key + cluster[1:] for cluster in known for key in BESIDE.get(cluster[0].lower(), "")}
            assert one.lower() in near or language in ("ko", "hi"), one


def test_a_missed_key_is_beside_the_right_one() -> None:
    assert set(BESIDE["g"]) == set("fhtyvb")
    assert set(BESIDE["q"]) == set("wa")
    assert set(BESIDE["ц"]) == set("йуфы")
    assert " " not in "".join(itertools.chain(BESIDE, BESIDE.values()))
    for rows in KEYBOARDS:
        letters = "".join(rows).replace(" ", "")
        assert len(set(letters)) == len(letters)
        assert all(letter.isalpha() and letter == letter.lower() for letter in letters)
    for letter, near in BESIDE.items():
        assert all(letter in BESIDE[other] for other in near)


def test_syllables_of_hangul_stay_syllables() -> None:
    found = {change("한", Random(seed), "ko", 3) for seed in range(400)} - {"한", "한한"}
    assert found
    for one in found:
        parts = list(unicodedata.normalize("NFD", one))
        same = [part == own for part, own in zip(parts, unicodedata.normalize("NFD", "한"), strict=True)]
        assert same in ([False, True, True], [True, False, True])


def test_capitals_stay_capitals() -> None:
    found = {change("G", Random(seed), "en", 3) for seed in range(300)} - {"G", "GG"}
    assert found
    assert found <= set("FHTYVB")


@given(text=st.text(), seed=st.integers(0, 5), severity=st.sampled_from([1, 2, 3]))
def test_whatever_the_text_words_stay_words(text: str, seed: int, severity: int) -> None:
    found = change(text, Random(seed), "en", severity)
    assert len(found.split()) == len(text.split())
    assert bool(found) == bool(text)
    assert found == change(text, Random(seed), "en", severity)
