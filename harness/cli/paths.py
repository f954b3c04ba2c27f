"""Paths that the operating system does not let a command use, by the option that names them."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.errors import StoreError, counted

UNUSABLE = frozenset(
    {
        *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG, errno.ELOOP),
        *(errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENXIO),
    }
)


def unusable_path(error: OSError, words: Sequence[str]) -> StoreError | None:
    """The error for a user where a path cannot be used; None for anything else.

    Args:
        words: of the command line; what is named there is said to be at fault.
    """
    if error.errno not in UNUSABLE or not isinstance(error.filename, str | bytes):
        return None
    path = os.fsdecode(error.filename)
    named = [(len(value), option) for option, value in _named(words) if _touches(path, value)]
    option = max(named)[1] if named else ""
    fix = f"name another {option}" if option else "name a path that can be read and written"
    return StoreError(f"cannot use this path: {error.strerror}", code="unusable-path", where=_short(path), fix=fix)


def _named(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The options of a command line with a value each; a value without option is what the command is about."""
    before = ""
    for word in words:
        name, equals, value = word.partition("=")
        if name.startswith("--") and equals:
            yield name, value
        elif not word.startswith("--"):
            yield before or "argument", word
        before = word if word.startswith("--") and not equals else ""


def _touches(path: str, value: str) -> bool:
    """Whether a path is the value, lies in it, or is a directory that it lies in."""
    one, other = (f"{os.path.normpath(Path(each).absolute())}{os.sep}" for each in (path, value))
    return bool(value) and (one.startswith(other) or other.startswith(one))


def _short(path: str) -> str:
    return path if len(path) <= 200 else f"{path[:200]}... ({counted(len(path), 'character')})"
