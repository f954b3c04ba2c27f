"""Files that checkpoints share: kept once in a store, by content, with a hard link in each checkpoint that has them."""

from __future__ import annotations

import contextlib
import filecmp
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LEAST = 4096
"""Bytes below which a file is not shared: it takes one block of the disk in any case."""


@dataclass(frozen=True)
class Pool:
    """Files by content, of which checkpoints on the same file system have hard links.

    Where links are not possible, each checkpoint has a copy of its own and nothing is kept here. A file that no
    checkpoint has any more has one link left, that of the pool, and can go.
    """

    directory: Path

    def copy(self, source: Path, target: Path) -> None:
        """Give a checkpoint a file as it is elsewhere."""
        if source.stat().st_size < LEAST:
            shutil.copy(source, target)
            return
        with source.open("rb") as file:
            key = f"{hashlib.file_digest(file, 'sha256').hexdigest()[:32]}{source.suffix}"
        self.place(
            key,
            target,
            write=lambda path: shutil.copy(source, path),
            same=lambda path: filecmp.cmp(source, path, shallow=False),
        )

    def place(
        self,
        key: str,
        target: Path,
        *,
        write: Callable[[Path], object],
        same: Callable[[Path], bool],
        source: Path | None = None,
    ) -> None:
        """Give a checkpoint the file of a key: a link to the one that is here, or a new one, which is then shared.

        Args:
            target: must not exist.
            write: writes the file where there is none yet.
            same: whether a file has the content that it should; one that was changed since is replaced.
            source: a file that may have the content; it is linked if it lies in the store.
        """
        shared = self.directory / key
        if _linked(shared, target, same):
            return
        within = source and source.resolve().is_relative_to(self.directory.parent.resolve())
        if not (source and within and _linked(source.resolve(), target, same)):
            write(target)
        with contextlib.suppress(OSError):
            self.directory.mkdir(exist_ok=True)
            # Linked under another name and moved, since another process may do the same at any time. What one that was
            # killed in between has left behind goes; one that is alive has its file shared by this one.
            for left in self.directory.glob(f".{key}.*"):
                left.unlink(missing_ok=True)
            aside = shared.with_name(f".{key}.{os.getpid()}")
            os.link(target, aside)
            aside.replace(shared)

    def idle(self) -> Iterator[Path]:
        """Files that no checkpoint has any more."""
        for path in sorted(self.directory.glob("*")) if self.directory.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_nlink == 1:
                    yield path


def _linked(source: Path, target: Path, same: Callable[[Path], bool]) -> bool:
    """Whether the target is now a second name of the source, which has the content that it should."""
    with contextlib.suppress(OSError):
        os.link(source, target)
        if same(target):
            return True
        target.unlink()
    return False


def link_or_copy(source: str | Path, target: str | Path) -> None:
    """A second name for a file, or a copy of it where links are not possible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
