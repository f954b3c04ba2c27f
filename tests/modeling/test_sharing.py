"""Files of a pool: one content on the disk for all that have it, and never another content than was asked for."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.modeling.sharing import LEAST, Pool, link_or_copy

if TYPE_CHECKING:
    from collections.abc import Callable

BIG = b"x" * LEAST


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    return Pool(tmp_path / "pool")


@pytest.fixture
def unlinkable(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a file system without hard links."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(95, os.strerror(95))

    monkeypatch.setattr(os, "link", refuse)


def placed(pool: Pool, key: str, target: Path, content: bytes) -> int:
    """How often the content was written to give it to a target."""
    writes: list[Path] = []

    def write(path: Path) -> None:
        writes.append(path)
        path.write_bytes(content)

    pool.place(key, target, write=write, same=lambda path: path.read_bytes() == content)
    assert target.read_bytes() == content
    return len(writes)


def test_a_file_is_written_once_for_all_that_have_it(pool: Pool, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "abc"]
    assert [placed(pool, "key", path, BIG) for path in paths] == [1, 0, 0]
    assert len({path.stat().st_ino for path in paths}) == 1
    assert placed(pool, "other", tmp_path / "d", BIG) == 1
    assert sorted(path.name for path in pool.directory.iterdir()) == ["key", "other"]


def test_what_a_killed_process_has_left_behind_goes(pool: Pool, tmp_path: Path) -> None:
    pool.directory.mkdir()
    (pool.directory / ".key.1").write_bytes(BIG)
    (pool.directory / ".other.1").write_bytes(BIG)
    assert placed(pool, "key", tmp_path / "a", BIG) == 1
    assert sorted(path.name for path in pool.directory.iterdir()) == [".other.1", "key"]


def test_a_file_outlives_the_others_that_have_it(pool: Pool, tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    placed(pool, "key", first, BIG)
    placed(pool, "key", second, BIG)
    first.unlink()
    shutil.rmtree(pool.directory)
    assert second.read_bytes() == BIG
    # A new one is shared from then on.
    assert [placed(pool, "key", tmp_path / name, BIG) for name in "cd"] == [1, 0]


@pytest.mark.parametrize("change", [lambda path: path.write_bytes(b"y" * LEAST), lambda path: path.write_bytes(b"")])
def test_a_file_that_was_changed_is_not_handed_on(pool: Pool, tmp_path: Path, change: Callable[[Path], object]) -> None:
    first = tmp_path / "a"
    placed(pool, "key", first, BIG)
    change(first)
    assert [placed(pool, "key", tmp_path / name, BIG) for name in "bc"] == [1, 0]
    assert first.read_bytes() != BIG


def test_what_nobody_has_any_more_is_idle(pool: Pool, tmp_path: Path) -> None:
    assert list(pool.idle()) == []
    placed(pool, "one", tmp_path / "a", BIG)
    placed(pool, "two", tmp_path / "b", BIG)
    assert list(pool.idle()) == []
    (tmp_path / "a").unlink()
    assert [path.name for path in pool.idle()] == ["one"]


@pytest.mark.usefixtures("unlinkable")
def test_without_links_each_has_a_copy(pool: Pool, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "ab"]
    assert [placed(pool, "key", path, BIG) for path in paths] == [1, 1]
    link_or_copy(paths[0], tmp_path / "c")
    assert len({path.stat().st_ino for path in (*paths, tmp_path / "c")}) == 3
    assert (tmp_path / "c").read_bytes() == BIG
    assert list(pool.idle()) == []


def test_a_second_name_takes_no_room(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(BIG)
    link_or_copy(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").samefile(tmp_path / "b")


def test_copies_of_one_content_are_shared_whatever_their_names(pool: Pool, tmp_path: Path) -> None:
    sources = {name: tmp_path / name for name in ("tokenizer.json", "same.json", "other.json", "small.json")}
    for name, source in sources.items():
        source.write_bytes({"other.json": b"z" * LEAST, "small.json": b"{}"}.get(name, BIG))
    linked = tmp_path / "linked.json"
    linked.symlink_to(sources["same.json"])
    targets = {}
    for name, source in {**sources, "linked.json": linked}.items():
        targets[name] = tmp_path / f"copy-{name}"
        pool.copy(source, targets[name])
        assert targets[name].read_bytes() == source.read_bytes()
        assert not targets[name].is_symlink()
        assert not targets[name].samefile(source)
    assert targets["tokenizer.json"].samefile(targets["same.json"])
    assert targets["tokenizer.json"].samefile(targets["linked.json"])
    # Small files are each checkpoint's own, and nothing leads out of the pool.
    assert targets["small.json"].stat().st_nlink == 1
    assert len(list(pool.directory.iterdir())) == 2
