"""Writes files and folders that a user names: all of it or nothing, and errors say which option is at fault.

Names of files that are made of other texts are made here, too.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness.errors import SettingsError, StoreError, UserError

LONGEST_NAME = 120
"""Characters of a name, so that there is room for what comes before and behind it in a path."""
NAME_DIGEST = 10
"""Hexadecimal digits that tell names of different texts apart."""
ENDS_IN_DIGEST = re.compile(rf"_[0-9a-f]{{{NAME_DIGEST}}}$")
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|data", re.IGNORECASE)
"""Names that Windows keeps for itself, and the one below which the datastore of Every Eval Ever has everything."""


def portable_name(text: str, *, longest: int = LONGEST_NAME, case_counts: bool = False) -> str:
    """A text as a name that every file system, address and tool takes: ASCII letters, digits, ".", "_" and "-".

    Two texts never get the same name: where anything of the text was changed or cut, a digest of it ends the name.

    Args:
        longest: characters that the name may have, at least one more than `NAME_DIGEST`.
        case_counts: whether texts that differ in case alone are told apart by their names as they are. By default they
            get a digest, since file systems may compare names without case.
    """
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-. ")
    kept = f"_{kept}" if RESERVED.fullmatch(kept) else kept
    told_apart = case_counts or text == text.lower()
    if text and kept == text and len(text) <= longest and told_apart and not ENDS_IN_DIGEST.search(text):
        return text
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:NAME_DIGEST]
    beginning = kept[: max(0, longest - NAME_DIGEST - 1)].rstrip("-. ")
    return f"{beginning}_{digest}"


def write_output(path: Path, content: bytes, *, option: str = "--output") -> None:
    """Write a file aside and put it in place; its directory is made if need be.

    Of a symbolic link, what it names is written. A pipe or a device is not replaced: it gets the content.

    Args:
        option: the one that names it.

    Raises:
        SettingsError: it lies in a run's directory or in a store.
        StoreError: it cannot be written; no part of a file is left behind.
    """
    try:
        found = _status(path)
        if found and stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(None, "it is a directory")
        if found and (not stat.S_ISREG(found.st_mode) or _standard_stream(found) is not None):
            _write_through(path, found, content)
            return
        target = Path(os.path.realpath(path))
        _refuse_our_own(target, path, option)
        with _directory_for(target):
            _replace(target, content)
    except OSError as error:
        raise cannot_write(path, option, error) from None


def check_new_folder(path: Path, *, option: str = "--output") -> None:
    """Refuse what is no place for a new folder.

    Args:
        option: the one that names it.

    Raises:
        UserError: there is something other than an empty folder.
        StoreError: nobody can tell.
    """
    if has_files(path, option=option):
        raise _exists(path, option)


def check_writable(folder: Path, *, option: str = "--output") -> None:
    """Refuse a folder that cannot be made or written in, before what it is for takes time; nothing is left behind.

    Args:
        option: the one that names it.

    Raises:
        SettingsError: it lies in a run's directory or in a store.
        StoreError: it cannot be written.
    """
    whole = folder.absolute()
    made: list[Path] = []
    try:
        _refuse_our_own(whole / "file", folder, option)
        made = [one for one in (whole, *whole.parents) if not one.exists()]
        whole.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=whole).close()
    except OSError as error:
        raise cannot_write(folder, option, error) from None
    finally:
        for one in made:
            with contextlib.suppress(OSError):
                one.rmdir()


def has_files(path: Path, *, option: str = "--output") -> bool:
    """Whether a folder is there with anything in it.

    Args:
        option: the one that names it.

    Raises:
        UserError: there is something other than a folder.
        StoreError: nobody can tell.
    """
    try:
        found = _status(path)
        if found and not stat.S_ISDIR(found.st_mode):
            raise _exists(path, option)
        return found is not None and any(path.iterdir())
    except OSError as error:
        raise cannot_write(path, option, error) from None


@contextlib.contextmanager
def new_folder(path: Path, *, option: str = "--output") -> Iterator[Path]:
    """A folder to fill, which is put in its place when the block ends; nothing is left of it where the block fails.

    Directories that it takes are made, and removed again where the block fails. A folder that is there already gets
    what it does not have.

    Args:
        path: the place.
        option: the one that names it.

    Raises:
        SettingsError: it lies in a run's directory or in a store.
        StoreError: it cannot be written.
    """
    whole = path.absolute()
    try:
        _refuse_our_own(whole, path, option)
        with (
            _directory_for(whole),
            tempfile.TemporaryDirectory(prefix=".xharness-", dir=whole.parent) as temporary,
        ):
            aside = Path(temporary) / whole.name
            aside.mkdir()
            yield aside
            _put(aside, whole)
    except OSError as error:
        # What else goes wrong in the block is not the option's fault, and a full disk no other place's.
        if error.errno in FULL or not _concerns(error, whole.parent):
            raise
        raise cannot_write(path, option, error) from None


FULL = (errno.ENOSPC, errno.EDQUOT)


def _put(aside: Path, place: Path) -> None:
    """Put a filled folder in its place."""
    if not place.exists():
        aside.rename(place)
        return
    for one in sorted(aside.iterdir()):
        if not (place / one.name).exists():
            shutil.move(one, place / one.name)


def _concerns(error: OSError, directory: Path) -> bool:
    """Whether an error is of what is written into a directory, or of the directory itself."""
    if not error.filename:
        return True
    named = Path(os.fsdecode(error.filename)).absolute()
    return named.is_relative_to(directory) or directory.is_relative_to(named)


def _exists(path: Path, option: str) -> UserError:
    fix = f"name a new folder with {option}"
    return UserError("something is there already", code="output-exists", where=str(path), fix=fix)


def cannot_write(path: Path, option: str, error: OSError) -> StoreError:
    """What is said of a place that an option names where the system refuses it."""
    return StoreError(
        f"cannot write: {error.strerror}", code="cannot-write", where=str(path), fix=f"name another {option}"
    )


@contextlib.contextmanager
def _directory_for(target: Path) -> Iterator[None]:
    """Make the directory of a path; those that were made are removed again where the block fails."""
    absent = [one for one in target.parents if not one.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for one in absent:
            with contextlib.suppress(OSError):
                one.rmdir()
        raise


def is_standard_output(path: Path) -> bool:
    """Whether a path names what this program prints to, such as /dev/stdout; a word to people would end up in it."""
    found = _status(path)
    return found is not None and _standard_stream(found) == 1


def _status(path: Path) -> os.stat_result | None:
    """Of what a path or link names; None if there is nothing yet."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _standard_stream(found: os.stat_result) -> int | None:
    """The descriptor of this process's standard output or error that is the same file, as /dev/stdout is."""
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):
            if os.path.samestat(found, os.fstat(descriptor)):
                return descriptor
    return None


def _write_through(path: Path, found: os.stat_result, content: bytes) -> None:
    own = _standard_stream(found)
    if own is None:
        _write_all(os.open(path, os.O_WRONLY), content)
        return
    # Opened anew, a file would be written from its beginning, over what is in it and under what comes next.
    sys.stdout.flush()
    sys.stderr.flush()
    _write_all(os.dup(own), content)


def _write_all(descriptor: int, content: bytes) -> None:
    """Write to a descriptor, and close it."""
    with open(descriptor, "wb") as file:
        file.write(content)


def _refuse_our_own(target: Path, path: Path, option: str) -> None:
    """Refuse files that this program writes itself.

    Raises:
        SettingsError: it is one.
    """
    from harness.integrity import MANIFEST
    from harness.results import records, runs

    if any((target.parent / name).is_file() for name in (runs.FILE, records.FILE)):
        place = "the directory of a run"
    elif any(one.name == runs.STORE and any(one.glob(f"*/*/{MANIFEST}")) for one in target.parents):
        place = "a store"
    else:
        return
    raise SettingsError(
        f"it lies in {place}, whose files xharness writes itself",
        code="output-among-results",
        where=str(path),
        fix=f"name another {option}",
    )


def _replace(target: Path, content: bytes) -> None:
    aside = target.with_name(f"{target.name}.{os.getpid()}.new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        _write_all(descriptor, content)
        aside.replace(target)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
