"""Files of finished stages: on the disk before a manifest vouches for them, and read whole before they are used."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.outside import Unreadable, read_json

MANIFEST = "manifest.json"
CHECKSUMS = "checksums"
"""The field of a manifest with size and CRC-32 of each file; manifests of older stores have SHA-256 only."""
SEAL = "crc32"
"""The field of a manifest with a CRC-32 of all others; manifests of older stores have none."""
BLOCK = 2**20
"""Bytes that are read at once."""
NO_SYNC = (errno.EINVAL, errno.ENOTSUP)
"""What file systems answer that cannot sync a folder."""

_checked: set[tuple[object, ...]] = set()


def checked(directory: Path) -> Path:
    """A finished stage's directory, after its files were compared with its manifest.

    Every byte is read, so that one that has changed is always found. A file is read once per process, under whichever
    of its names: checkpoints share files. Without a manifest there is nothing to compare with.

    Raises:
        StoreError: a file is missing or has changed, or the manifest cannot be read.
    """
    try:
        manifest = read_manifest(directory / MANIFEST)
        wrong = [name for name, then in _expected(manifest).items() if not _is_unchanged(directory / name, then)]
    except FileNotFoundError:
        return directory
    except (ValueError, LookupError, TypeError, AttributeError):
        wrong = [MANIFEST]
    if wrong:
        raise StoreError(
            f"stored files are damaged: {', '.join(wrong)}",
            code="damaged-stage",
            where=str(directory),
            fix="delete what is damaged with `xharness store prune --broken --yes`, and repeat the command: it is made "
            "again; `xharness store verify` also names what was made from it",
        )
    return directory


def sealed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest as it is written: `read_manifest` finds whether any of its values has changed since."""
    written: dict[str, Any] = json.loads(json.dumps(manifest))
    return {**written, SEAL: _seal(written)}


def read_manifest(path: Path) -> Any:
    """The content of a manifest; whether it says what a manifest says is for those to see who need it.

    Raises:
        Unreadable: it is not JSON, or not as it was written.
        OSError: it cannot be read.
    """
    content = read_json(path)
    if isinstance(content, dict) and SEAL in content:
        others = {name: value for name, value in content.items() if name != SEAL}
        if content[SEAL] != _seal(others):
            raise Unreadable("it has changed since it was written")
    return content


def checksums(directory: Path) -> dict[str, dict[str, Any]]:
    """Size in bytes and CRC-32 of every file below a directory by its path there, a manifest left out."""
    return {name: {"size": path.stat().st_size, "crc32": _crc32(path)} for name, path in _files(directory).items()}


def file_digests(directory: Path) -> dict[str, str]:
    """SHA-256 of every file below a directory by its path there, a manifest left out."""
    return {name: _sha256(path) for name, path in _files(directory).items()}


def finished_digest(directory: Path) -> str | None:
    """The digest of a stage's result, wherever it lies now; None for other directories and for files changed since."""
    try:
        manifest = read_manifest(directory / MANIFEST)
        digest: str = manifest["digest"]
        return digest if manifest["files"] == file_digests(directory) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_through(directory: Path) -> None:
    """Have all below a directory on the disk, its folders and itself included, when this returns.

    Raises:
        OSError: the disk cannot hold it.
    """
    for path in (*directory.rglob("*"), directory):
        sync(path)


def sync(path: Path) -> None:
    """Have a file's content, or the names in a folder, on the disk when this returns.

    Raises:
        OSError: the disk cannot hold it.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise
    finally:
        os.close(descriptor)


def _seal(values: Mapping[str, Any]) -> str:
    return f"{zlib.crc32(json.dumps(values, sort_keys=True).encode()):08x}"


def _expected(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What a manifest says of each file: size and CRC-32, or SHA-256."""
    return dict(manifest[CHECKSUMS] if CHECKSUMS in manifest else manifest["files"])


def _is_unchanged(path: Path, then: Any) -> bool:
    try:
        status = path.stat()
        key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, repr(then))
        if key in _checked:
            return True
        if isinstance(then, str):
            same = _sha256(path) == then
        else:
            same = status.st_size == then["size"] and _crc32(path) == then["crc32"]
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return False
    if same:
        _checked.add(key)
    return same


def _files(directory: Path) -> dict[str, Path]:
    return {
        path.relative_to(directory).as_posix(): path
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _crc32(path: Path) -> str:
    found, block = 0, memoryview(bytearray(BLOCK))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(block):
            found = zlib.crc32(block[:size], found)
    return f"{found:08x}"
