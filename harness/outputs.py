"""Writes a file that a user names: all of it or nothing, and errors say which option is at fault."""

from __future__ import annotations

from pathlib import Path

from harness.errors import StoreError


def write_output(path: Path, content: bytes, *, option: str = "--output") -> None:
    """Write a file aside and put it in place; its directory is made if need be.

    Args:
        option: the one that names it.

    Raises:
        StoreError: it cannot be written; nothing is left behind.
    """
    aside = path.with_name(f"{path.name}.new") if path.name else path
    begun = False
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a directory")
        path.parent.mkdir(parents=True, exist_ok=True)
        begun = True
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as error:
        if begun and aside.is_file():
            aside.unlink()
        raise StoreError(
            f"cannot write: {error.strerror}", code="cannot-write", where=str(path), fix=f"name another {option}"
        ) from None
