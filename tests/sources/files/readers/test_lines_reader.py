from __future__ import annotations

from typing import TYPE_CHECKING

from harness.sources.files.readers import find_reader
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path


def test_lines_are_texts_and_blank_ones_separate(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\n\n \ntwo\tthree \n" + b"\xff\n" + b"four")
    lines = list(find_reader("lines").read(path))
    assert [(line.number, line.record) for line in lines] == [
        (1, {"text": "one"}),
        (4, {"text": "two\tthree "}),
        (5, None),
        (6, {"text": "four"}),
    ]
    assert "not UTF-8: byte 0xff" in lines[2].problem


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\n\n")
    with raises_code("empty-file"):
        list(find_reader("lines").read(path))
