"""The reader of line-aligned bitext."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.sources.files.readers import find_reader
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

READER = find_reader("text-pairs")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tatoeba.deu-eng.deu"


def test_a_pair_gives_one_record_a_side(path: Path) -> None:
    other = path.with_suffix(".eng")
    path.write_bytes("\ufeffHallo.\r\nJa.\r\n".encode())
    other.write_bytes(b"Hello.\nYes.\n\n")
    assert READER.files(path, source_suffix=".eng") == (path, other)
    lines = list(READER.read(path, source_suffix=".eng"))
    assert [(line.path, line.number, line.record) for line in lines] == [
        (other, 1, {"side": "source", "key": "1", "text": "Hello.", "match": "1"}),
        (path, 1, {"side": "target", "key": "1", "text": "Hallo.", "match": "1"}),
        (other, 2, {"side": "source", "key": "2", "text": "Yes.", "match": "2"}),
        (path, 2, {"side": "target", "key": "2", "text": "Ja.", "match": "2"}),
    ]


def test_a_bad_sentence_takes_its_translation_along(path: Path) -> None:
    path.write_bytes(b"eins\n\ndrei\n\xff\nf\xc3\xbcnf\n")
    path.with_suffix(".eng").write_bytes(b"one\ntwo\n \nfour\nfive\n")
    lines = list(READER.read(path, source_suffix=".eng"))
    assert [line.record["text"] for line in lines if line.record] == ["one", "eins", "five", "fünf"]
    assert [(line.number, line.problem) for line in lines if not line.record] == [
        (2, "a sentence of the pair is blank"),
        (3, "a sentence of the pair is blank"),
        (4, "not UTF-8: byte 0xff at byte 1 of the line"),
    ]


def test_files_of_different_length_are_refused(path: Path) -> None:
    path.write_bytes(b"eins\nzwei\n")
    path.with_suffix(".eng").write_bytes(b"one\n")
    with raises_code("files-differ-in-length", "2", "1"):
        list(READER.read(path, source_suffix=".eng"))


def test_the_other_side_may_lie_elsewhere(tmp_path: Path) -> None:
    path, other = tmp_path / "MIC" / "captions_de.txt", tmp_path / "XTD" / "captions_en.txt"
    for file, text in ((path, "Hallo.\n"), (other, "Hello.\n")):
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
    options = {"source": "../XTD/captions_en.txt"}
    assert READER.files(path, **options) == (path, other)
    assert [(line.path, line.record and line.record["text"]) for line in READER.read(path, **options)] == [
        (other, "Hello."),
        (path, "Hallo."),
    ]
