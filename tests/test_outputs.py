"""Files that a user names are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.outputs import write_output
from tests.raising import raises_code


def test_a_file_and_its_directory_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    for content in (b"1", b"2"):
        write_output(path, content)
        assert path.read_bytes() == content
    assert [one.name for one in path.parent.iterdir()] == ["b.json"]


@pytest.mark.parametrize("name", ["folder", "file/x", "n" * 300, "."])
def test_what_cannot_be_written_names_its_option_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    with raises_code("cannot-write", "name another --labels"):
        write_output(tmp_path / name, b"1", option="--labels")
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "kept"
