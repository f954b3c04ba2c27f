from __future__ import annotations

from random import Random

from harness_plugins.perturbations.case import change


def test_severities_are_lower_upper_and_random_case() -> None:
    text = "The DOG of Ärzte, Σοφός."
    assert change(text, Random(0), "en", 1) == "the dog of ärzte, σοφός."
    assert change(text, Random(0), "en", 2) == "THE DOG OF ÄRZTE, ΣΟΦΌΣ."
    mixed = change("mixed" * 20, Random(0), "en", 3)
    assert mixed.lower() == "mixed" * 20
    assert 30 < sum(letter.isupper() for letter in mixed) < 70


def test_turkish_has_two_letters_i() -> None:
    assert change("Iıİi", Random(0), "tr", 1) == "ııii"
    assert change("Iıİi", Random(0), "az", 2) == "IIİİ"
    assert change("Ii", Random(0), "en", 1) == "ii"
    assert set(change("i" * 50, Random(0), "tr", 3)) == {"i", "İ"}


def test_scripts_without_case_stay_as_they_are() -> None:
    for text in ("今天天气很好", "आज मौसम अच्छा है", "שלום עולם", "สวัสดี"):
        assert {change(text, Random(0), "zh", severity) for severity in (1, 2, 3)} == {text}
