"""The store of finished stages: built aside, renamed into place, manifest last; shared by processes through locks."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from harness.errors import StoreError
from harness.integrity import (
    CHECKSUMS,
    MANIFEST,
    checksums,
    file_digests,
    read_manifest,
    sealed,
    sync,
    write_through,
)
from harness.modeling.sharing import Pool
from harness.outside import Unreadable
from harness.version import libraries

RELEASED = "let-go.json"
"""The manifest of a stage whose result was let go: what is known of it stays, and it can be made again."""
ASIDE, WORK = ".new", ".work"
"""Behind a stage's name: where it is built, and what is kept between attempts."""
SHARED = "shared"
"""Folder of files that several checkpoints share."""
PATIENCE = 0.5
"""Seconds between two looks at a lock that another process holds."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LEAST_FREE = 2**20
"""Bytes below which whatever fails on a disk fails because the disk is full."""


@dataclass
class Building:
    """A stage being built.

    Attributes:
        directory: where to put the result; empty at first.
        work: kept between attempts, for what an interrupted attempt goes on from.
        facts: added to the manifest: what happened, for people and for later runs.
    """

    directory: Path
    work: Path
    facts: dict[str, Any]


class Store:
    """Finished stages below one directory, by kind and digest.

    Args:
        root: created by `prepare`, so that planning writes nothing.
        tell: called with a sentence when another process builds what this one wants, or a stage is reused that was
            made with other libraries.
    """

    def __init__(self, root: Path, tell: Callable[[str], None] = lambda _: None) -> None:
        self.root = root
        self._tell = tell
        self._compared: set[str] = set()

    def prepare(self) -> None:
        """Make the directory if it is missing.

        Raises:
            StoreError: it cannot be made, or cannot be written.
        """
        with translated_errors(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            # Of no name that others could foresee in a store that they share, and gone whatever ends the process.
            with tempfile.TemporaryFile(dir=self.root):
                pass

    @property
    def pool(self) -> Pool:
        """Files that several checkpoints share."""
        return Pool(self.root / SHARED)

    def path(self, kind: str, digest: str) -> Path:
        """Where a stage's result is, or will be."""
        return self.root / kind / digest

    def has(self, kind: str, digest: str) -> bool:
        """Whether a stage is finished."""
        return (self.path(kind, digest) / MANIFEST).is_file()

    def digests(self, kind: str) -> list[str]:
        """Of the finished stages of a kind, ascending."""
        return sorted(path.parent.name for path in (self.root / kind).glob(f"*/{MANIFEST}"))

    def is_let_go(self, kind: str, digest: str) -> bool:
        """Whether a stage was finished, and its result let go since."""
        return not self.has(kind, digest) and (self.path(kind, digest) / RELEASED).is_file()

    def manifest(self, kind: str, digest: str) -> dict[str, Any]:
        """What is known of a stage that is finished, or was before its result was let go.

        Raises:
            StoreError: its manifest cannot be read, or is none.
        """
        finished = self.has(kind, digest)
        path = self.path(kind, digest) / (MANIFEST if finished else RELEASED)
        try:
            manifest: dict[str, Any] = read_manifest(path)
            problem = "" if _is_manifest(manifest) else "it does not say what a manifest says"
        except OSError as error:
            problem = f"{error.strerror}"
        except Unreadable as error:
            problem = str(error)
        if problem:
            anew = "`xharness store prune --broken --yes` deletes the stage" if finished else "delete its directory"
            raise StoreError(
                f"the manifest of a stage in the store is broken: {problem}",
                code="manifest-broken",
                where=str(path),
                fix=f"{anew}, so that it is made again",
            )
        return manifest

    def found(self, kind: str, digest: str) -> Path | None:
        """The result of a finished stage; None if there is none."""
        if not self.has(kind, digest):
            return None
        self._compare(self.manifest(kind, digest))
        return self.path(kind, digest)

    def build(
        self,
        kind: str,
        digest: str,
        build: Callable[[Building], None],
        *,
        inputs: Mapping[str, Any],
        about: str = "",
        parents: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Path:
        """The result of a stage, built now unless another process has built it meanwhile.

        Args:
            build: fills `Building.directory`.
            inputs: what the digest was made from, kept in the manifest for people.
            about: what the stage is, in words; likewise.
            parents: folder and digest of each stage that it was built from, by what it is to it; likewise.

        Raises:
            StoreError: the disk is full or cannot be written; finished stages are not touched.
        """
        target = self.path(kind, digest)
        written = {"kind": kind, "digest": digest, "about": about, "parents": parents or {}, "inputs": dict(inputs)}
        with translated_errors(self.root):
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._locked(target):
                if not self.has(kind, digest):
                    self._build(target, written, build)
        return target

    def is_partly_let_go(self, kind: str, digest: str) -> bool:
        """Whether a stage was let go, and some of its result is still there: deleting it was interrupted."""
        return self.is_let_go(kind, digest) and bool(remains_of(self.path(kind, digest)))

    def let_go(self, kind: str, digest: str) -> bool:
        """Delete the result of a finished stage, or what is left of one that was let go; what is known of it stays.

        Returns:
            Whether the result is gone; not if another process builds it or lets it go at this moment.

        Raises:
            StoreError: the directory cannot be written.
        """
        target = self.path(kind, digest)
        with translated_errors(self.root):
            try:
                with lock_of(target).acquire(timeout=0):
                    if self.has(kind, digest):
                        # First, and in one step: from then on it is not taken for finished.
                        (target / MANIFEST).rename(target / RELEASED)
                    if self.is_let_go(kind, digest):
                        delete_remains(target)
            except Timeout:
                return False
            for path in self.pool.idle():
                path.unlink(missing_ok=True)
        return True

    def is_built_in(self) -> bool:
        """Whether another process builds something now."""
        for aside in self.root.glob(f"*/*{ASIDE}"):
            try:
                with lock_of(aside.with_suffix("")).acquire(timeout=0):
                    pass
            except Timeout:
                return True
        return False

    def half_done(self, kind: str, digest: str) -> bool:
        """Whether an interrupted attempt has left something to go on from."""
        work = _work(self.path(kind, digest))
        return work.is_dir() and any(work.iterdir())

    def _compare(self, manifest: Mapping[str, Any]) -> None:
        """Say once where finished work was made with other libraries: equal digests, but not surely equal bits."""
        for name, now in libraries().items():
            then = manifest["libraries"].get(name)
            if then != now and name not in self._compared:
                self._compared.add(name)
                self._tell(f"warning: the store has stages made with {name} {then}; this is {name} {now}")

    def _build(self, target: Path, written: Mapping[str, Any], build: Callable[[Building], None]) -> None:
        aside = target.with_name(f"{target.name}{ASIDE}")
        # What is known of it since it was let go stays until there is something new.
        for leftover in (aside, *([] if (target / RELEASED).is_file() else [target])):
            shutil.rmtree(leftover, ignore_errors=True)
        aside.mkdir()
        work = _work(target)
        work.mkdir(exist_ok=True)
        building = Building(aside, work, {})
        started = time.time()
        try:
            build(building)
        except BaseException as error:
            # Judged before the half-written result gives its room back.
            broken = disk_error(error, self.root)
            shutil.rmtree(aside, ignore_errors=True)
            with contextlib.suppress(OSError):
                # Without anything to resume from, it is not half-done work.
                work.rmdir()
            if broken:
                raise broken from error
            raise
        manifest = {
            **written,
            "facts": building.facts,
            "files": file_digests(aside),
            CHECKSUMS: checksums(aside),
            "libraries": libraries(),
            "host": platform.node(),
            "threads": os.cpu_count(),
            "started": started,
            "seconds": time.time() - started,
        }
        write_through(aside)
        shutil.rmtree(target, ignore_errors=True)
        # Renamed first, manifest last: a directory without manifest is never taken for finished work.
        aside.rename(target)
        sync(target.parent)
        temporary = target / f"{MANIFEST}.new"
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(sealed(manifest), file, indent=1, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(target / MANIFEST)
        sync(target)
        shutil.rmtree(work, ignore_errors=True)

    @contextlib.contextmanager
    def _locked(self, target: Path) -> Iterator[None]:
        """The operating system frees the lock of a process that is killed."""
        lock = lock_of(target)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self._tell(f"another process builds {target.parent.name} {target.name}; waiting for it")
            lock.acquire(poll_interval=PATIENCE)
        try:
            yield
        finally:
            lock.release()


def remains_of(target: Path) -> list[Path]:
    """What there is of the result of a stage that was let go; nothing if its directory is gone."""
    try:
        return [path for path in target.iterdir() if path.name != RELEASED]
    except FileNotFoundError:
        return []


def delete_remains(target: Path) -> None:
    """Delete the result of a stage that was let go."""
    for path in remains_of(target):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def lock_of(target: Path) -> FileLock:
    """The lock that a process holds while it builds the stage whose result is, or will be, at `target`."""
    return FileLock(target.with_name(f".{target.name}.lock"))


@contextlib.contextmanager
def translated_errors(root: Path, option: str = "--runs") -> Iterator[None]:
    """Turn what the operating system says of a full or read-only disk into what a user can do.

    Args:
        option: the one that names the directory.
    """
    try:
        yield
    except OSError as error:
        broken = disk_error(error, root, option)
        if broken:
            raise broken from error
        raise


def disk_error(error: BaseException, root: Path, option: str = "--runs") -> StoreError | None:
    """The error for a user where the disk is full or `root` cannot be written; None for anything else."""
    elsewhere = f"use another directory with {option}"
    if _is_full(error, root):
        fix = f"free some space and repeat the command, or {elsewhere}"
        return StoreError(
            "no space left on the disk; finished work is kept", code="disk-full", where=str(root), fix=fix
        )
    if isinstance(error, PermissionError) and not error.filename:
        return StoreError(f"cannot write: {error.strerror}", code="cannot-write", where=str(root), fix=elsewhere)
    if not isinstance(error, OSError) or not error.filename:
        return None
    path = Path(os.fsdecode(error.filename))
    above = root.absolute().is_relative_to(path.absolute())
    if not (above or path.absolute().is_relative_to(root.absolute())):
        return None
    # Where not even a directory above it can be made, as below /proc, the system says that there is none.
    unmakable = error.errno == errno.ENOENT and above
    if unmakable or error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG):
        return StoreError(f"cannot write: {error.strerror}", code="cannot-write", where=str(path), fix=elsewhere)
    if isinstance(error, FileNotFoundError) and not path.parent.is_dir():
        return StoreError(
            "a directory was removed or renamed while the command was at work",
            code="directory-gone",
            where=str(path.parent),
            fix="repeat the command; what is still in the store is not made again",
        )
    if isinstance(error, FileExistsError | NotADirectoryError):
        return StoreError("not a directory", code="not-a-directory", where=str(path), fix=elsewhere)
    return None


def _is_full(error: BaseException, root: Path) -> bool:
    """Whether an error comes from a full disk: libraries that write weights and arrays raise errors of their own."""
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    if any(os.strerror(number) in str(error) for number in FULL):
        return True
    return root.is_dir() and shutil.disk_usage(root).free < LEAST_FREE


def _is_manifest(manifest: Any) -> bool:
    """Whether content has what is asked of manifests, each of its type."""
    return (
        isinstance(manifest, dict)
        and all(isinstance(manifest.get(name), dict) for name in ("inputs", "facts", "libraries"))
        and all(isinstance(manifest.get(name), int | float) for name in ("started", "seconds"))
    )


def _work(target: Path) -> Path:
    return target.with_name(f"{target.name}{WORK}")
