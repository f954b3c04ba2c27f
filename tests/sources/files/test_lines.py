"""Lines of text files, however many of them are blank."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

from harness.sources.files.lines import text_lines


def test_blank_lines_have_their_numbers_unless_nothing_follows(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\n\r\na\n\nb\n\n\n")
    assert [(line.number, line.text) for line in text_lines(path)] == [(1, ""), (2, ""), (3, "a"), (4, ""), (5, "b")]


def test_blank_lines_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"a" + b"\n" * 100_000 + b"b")
    tracemalloc.start()
    try:
        assert sum(1 for _ in text_lines(path)) == 100_001
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
