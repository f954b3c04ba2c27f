"""JSON and TOML from outside: whatever it holds, it is read or refused with one error that says where."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from harness.outside import (
    DEEPEST,
    HalfPair,
    Unreadable,
    parse_json,
    parse_toml,
    read_json,
    read_toml,
    whole_number,
)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner)
)
BOM = b"\xef\xbb\xbf"


@given(VALUES, st.booleans())
def test_what_json_writes_is_read_as_it_was(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert parse_json(text) == parse_json(text.encode()) == parse_json(BOM + text.encode()) == value


@given(st.binary() | st.text().map(lambda text: text.encode(errors="surrogatepass")), st.booleans())
def test_any_bytes_are_a_value_or_one_error(raw: bytes, marked: bool) -> None:
    raw = BOM + raw if marked else raw
    for parse in (parse_json, parse_toml):
        line, value, taken = None, None, False
        try:
            value, taken = parse(raw), True
        except Unreadable as error:
            line = error.line
        assert line is None or 1 <= line <= raw.count(b"\n") + 1
        if taken:
            python = json.loads if parse is parse_json else tomllib.loads
            assert repr(value) == repr(python(raw.decode("utf-8-sig")))


@given(st.text(st.sampled_from('[]{}"\\ud8ca,:.=0123\n\t '), max_size=60))
def test_texts_of_signs_that_parsers_know_are_a_value_or_one_error(text: str) -> None:
    for parse in (parse_json, parse_toml):
        try:
            parse(text)
        except Unreadable:
            continue


@given(st.text())
def test_json_that_is_taken_can_be_written_to_a_file(text: str) -> None:
    """Strings with escapes for every character, halves of surrogate pairs among them."""
    escaped = "".join(f"\\u{unit:04x}" for unit in _units(text))
    try:
        value = parse_json(f'["{escaped}"]')
    except HalfPair:
        assert any(0xD800 <= ord(sign) < 0xE000 for sign in text)
    else:
        assert value == [text]
        value[0].encode()


def _units(text: str) -> list[int]:
    raw = text.encode("utf-16-be", errors="surrogatepass")
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]


@pytest.mark.parametrize(
    ("text", "half"),
    [
        (r'"\ud83d"', True),
        (r'"\uDE00"', True),
        (r'"\ud83d\ud83d\ude00"', True),
        (r'"\ud83d \ude00"', True),
        (r'"\ude00\ud83d"', True),
        (r'{"\ud83d": 1}', True),
        (r'"\ud83d\ude00"', False),
        (r'"\\ud83d"', False),
        (r'"\\\ud83d"', True),
    ],
)
def test_half_of_a_surrogate_pair_is_found(text: str, half: bool) -> None:
    assert parse_json(text, half_pairs=True) == json.loads(text)
    if half:
        with pytest.raises(HalfPair):
            parse_json(text)
    else:
        assert parse_json(text) == json.loads(text)


def test_nesting_is_taken_to_a_depth_that_does_not_depend_on_the_caller() -> None:
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        deep, deeper = ((opened * depth + "0" + closed * depth) for depth in (DEEPEST, DEEPEST + 1))
        assert parse_json(deep) == json.loads(deep)
        for text in (deeper, opened * 100_000, opened * 100_000 + "0" + closed * 100_000):
            with pytest.raises(Unreadable):
                parse_json(text)
    assert parse_toml(f"a = {'[' * (DEEPEST - 1)}{']' * (DEEPEST - 1)}")
    for text in (f"a = {'[' * DEEPEST}{']' * DEEPEST}", f"a = {'[' * 100_000}", f"{'a.' * DEEPEST}b = 1"):
        with pytest.raises(Unreadable):
            parse_toml(text)


@pytest.mark.parametrize("parse", [parse_json, parse_toml])
def test_numbers_without_end_are_refused_in_words(parse: Any) -> None:
    text = "1" * 5000
    with pytest.raises(Unreadable, match="a whole number of more than 4,300 digits"):
        parse(text if parse is parse_json else f"a = {text}")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("007", 7),
        ("٣", 3),
        ("9" * 4300, 10**4300 - 1),
        ("9" * 4301, None),
        ("", None),
        ("-1", None),
        ("1 ", None),
    ],
    ids=["0", "007", "arabic", "long", "longer", "empty", "sign", "blank"],
)
def test_a_text_of_digits_is_a_whole_number(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_toml_has_whole_numbers_of_64_bits() -> None:
    for number in (2**63 - 1, -(2**63 - 1)):
        assert parse_toml(tomli_w.dumps({"a": [number]})) == {"a": [number]}
    with pytest.raises(Unreadable, match="64 bits"):
        parse_toml(f"a = [{2**63}]")


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b'{"a": 1}\n\xff', (2, 1)),
        (BOM + "ü\xff".encode("latin-1"), (1, 1)),
        (BOM + "ü".encode() + b"\xff", (1, 2)),
        (b'{\n "a": 1,,\n}', (2, 9)),
        (b'[\n"\\ud83d"]', (2, 2)),
        ('"\ud800"', (1, 2)),
    ],
)
def test_errors_say_where(raw: bytes | str, place: tuple[int, int]) -> None:
    with pytest.raises(Unreadable) as caught:
        parse_json(raw)
    assert (caught.value.line, caught.value.column) == place


def test_errors_of_toml_say_where() -> None:
    with pytest.raises(Unreadable) as caught:
        parse_toml("a = 1\nb = = 2")
    assert (caught.value.line, caught.value.column) == (2, 5)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for read in (read_json, read_toml):
        for path in (tmp_path / "pipe", Path("/dev/zero")):
            with pytest.raises(Unreadable, match="not a file"):
                read(path)
