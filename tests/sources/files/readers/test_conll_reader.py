"""The reader of CoNLL files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.sources.files.readers.conll import read
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("token", "tag")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dev.tsv"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_end_sentences(end: str, path: Path) -> None:
    path.write_bytes(end.join(["\ufeffA\tO", "b\tB-PER", "", "", "c\tO", "", ""]).encode())
    lines = list(read(path, columns=COLUMNS))
    assert [(line.number, line.record) for line in lines] == [
        (1, {"token": ("A", "b"), "tag": ("O", "B-PER")}),
        (5, {"token": ("c",), "tag": ("O",)}),
    ]


def test_the_last_sentence_needs_no_blank_line(path: Path) -> None:
    path.write_bytes(b"a\tO\n\nb\tO")
    assert [line.record["token"] for line in read(path, columns=COLUMNS) if line.record] == [("a",), ("b",)]


def test_comments_are_skipped_but_a_hash_can_be_a_token(path: Path) -> None:
    path.write_bytes(b"### made by\n# tok:gold\tcat:gold\n#text\n#\tO\n#tag\tB-ORG\n\n# only a comment\n\nb\tO\n")
    lines = list(read(path, columns=COLUMNS))
    assert [(line.number, line.record) for line in lines] == [
        (4, {"token": ("#", "#tag"), "tag": ("O", "B-ORG")}),
        (9, {"token": ("b",), "tag": ("O",)}),
    ]


def test_one_bad_line_spoils_its_sentence_alone(path: Path) -> None:
    path.write_bytes(b"a\tO\nb\n\nc\tO\n\nd\tO\n\xff\tO\n\ne\tx\tO\n")
    lines = list(read(path, columns=COLUMNS))
    assert [(line.number, line.problem) for line in lines] == [
        (2, "1 column where 2 are expected (token, tag)"),
        (4, ""),
        (7, "not UTF-8: byte 0xff at byte 1 of the line"),
        (9, "3 columns where 2 are expected (token, tag)"),
    ]


def test_an_empty_file_is_refused(path: Path) -> None:
    path.write_bytes(b"\n\n")
    with raises_code("empty-file"):
        list(read(path, columns=COLUMNS))
