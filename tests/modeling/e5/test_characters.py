from __future__ import annotations

import pytest
from tokenizers import normalizers

from harness.modeling.e5.characters import compiled, with_compositions


def normalised(changes: dict[str, str], text: str) -> str:
    found: str = normalizers.Precompiled(compiled(changes)).normalize_str(text)
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Ａ", "A"),  # a key of three bytes
        ("ﬁx", "fix"),  # one character becomes two
        ("a\u200bb", "a b"),
        ("a\u0085b", "ab"),  # one becomes none
        ("𝐀", "A"),  # a key of four bytes
        ("Bé", "Bé"),  # what is not named stays, and what begins as a key does
        ("", ""),
    ],
)
def test_characters_become_what_the_map_says(text: str, wanted: str) -> None:
    changes = {"Ａ": "A", "ﬁ": "fi", "\u200b": " ", "\u0085": "", "𝐀": "A", "ü": "u"}
    assert normalised(changes, text) == wanted


def test_every_key_of_a_large_map_is_found_and_nothing_else() -> None:
    # Every third character, so that neighbours in the trie are not keys.
    keys = [chr(point) for point in range(0x100, 0x10000, 3) if not 0xD800 <= point < 0xE000]
    changes = {key: f"{ord(key):x}." for key in keys}
    normaliser = normalizers.Precompiled(compiled(changes))
    for key in keys[::7]:
        # A letter alone, since a mark would join what is before it.
        assert normaliser.normalize_str(key) == changes[key]
        following = chr(ord(key) + 1)
        assert normaliser.normalize_str(following) == following


def test_a_letter_and_its_mark_become_one_character() -> None:
    changes = with_compositions({"Å": "Å", "ﬁ": "fi"})
    for text, wanted in {"e\u0301": "é", "A\u030a": "Å", "и\u0306": "й", "x\u0301": "x\u0301", "ﬁ": "fi"}.items():
        assert normalised(changes, text) == wanted
    # What a character becomes in any case, it becomes in two parts, too.
    assert with_compositions({"é": "e"})["e\u0301"] == "e"
    # Hindi's q with a dot below is two characters in form NFC, and stays two.
    assert "क\u093c" not in changes
