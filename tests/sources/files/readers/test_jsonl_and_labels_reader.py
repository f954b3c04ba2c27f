"""JSON Lines with labels beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.sources.files.readers import find_reader
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

READER = find_reader("jsonl-and-labels")


def write(directory: Path, rows: str, labels: bytes) -> Path:
    (directory / "dev.jsonl").write_text(rows, encoding="utf-8")
    (directory / "dev-labels.lst").write_bytes(labels)
    return directory / "dev.jsonl"


def test_line_i_has_label_i(tmp_path: Path) -> None:
    path = write(tmp_path, '{"q": "a"}\n{"q": \n{"q": "c"}\n{"q": "d"}\n', b"3\n1\n2\r\n\xff\n")
    lines = list(READER.read(path, labels_suffix="-labels.lst"))
    assert [line.record for line in lines] == [{"q": "a", "label": "3"}, None, {"q": "c", "label": "2"}, None]
    assert lines[1].problem.startswith("not JSON")
    assert lines[3].problem == "its label is not UTF-8: byte 0xff at byte 1 of the line"


def test_both_files_decide_what_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "", b"")
    assert READER.files(path, labels_suffix="-labels.lst") == (path, tmp_path / "dev-labels.lst")


def test_files_of_different_length_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, '{"q": "a"}\n{"q": "b"}\n', b"3\n")
    with raises_code("files-differ-in-length", "2", "1"):
        list(READER.read(path, labels_suffix="-labels.lst"))
