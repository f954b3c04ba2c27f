"""Housekeeping of the store: what lies there, which runs refer to it, whether it is as it was made, what can go."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import Timeout

from harness.errors import NothingToShow, StoreError, UserError, counted
from harness.integrity import MANIFEST, file_digests, read_manifest
from harness.modeling.sharing import Pool
from harness.planning.stages.encoding import Encoded
from harness.planning.store import (
    ASIDE,
    RELEASED,
    SHARED,
    WORK,
    delete_remains,
    lock_of,
    remains_of,
    translated_errors,
)
from harness.results import records
from harness.results.find import check_directory
from harness.results.runs import STORE, described, is_run

FINISHED, LET_GO, HALF_DONE, LEFTOVER = "finished", "let go", "half-done", "leftover"
PARTLY_LET_GO = "partly let go"
NAME = re.compile(rf"([0-9a-f]{{16}})({re.escape(ASIDE)}|{re.escape(WORK)})?")
"""Only directories named like this are the store's own."""

Inode = tuple[int, int]
"""Device and number of a file on it: the same for all names of one file."""


@dataclass(frozen=True)
class Entry:
    """A directory of the store.

    Attributes:
        state: "finished"; "let go", which was finished and can be made again; "partly let go", where deleting it was
            interrupted; "half-done", which the next attempt goes on from; or "leftover", which nothing goes on from.
        files: bytes of each of its files, by what tells files on the disk apart.
        own: bytes of those that no other directory of the store has, too.
        made: when it was begun; when it was last changed, where it is not finished.
        about: what it is, in words; empty where that is written nowhere.
        seconds: how long making it took; None where it is not finished.
        parents: digests of the stages it was made from, as far as they are the store's.
    """

    path: Path
    kind: str
    digest: str
    state: str
    files: Mapping[Inode, int]
    made: datetime
    about: str = ""
    seconds: float | None = None
    parents: tuple[str, ...] = ()
    own: int = 0

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(self.files.values())


@dataclass(frozen=True)
class Faults:
    """Files of a finished stage that are not as its manifest says; a manifest without sense counts as changed."""

    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.extra)


@dataclass
class Pruned:
    """What became of a pruning.

    Attributes:
        gone: what was deleted, or would be.
        busy: what another process is building.
        kept: what no run refers to, but half-done work may need.
        freed: bytes that this makes room for, or would.
    """

    gone: list[Entry] = field(default_factory=list)
    busy: list[Entry] = field(default_factory=list)
    kept: list[Entry] = field(default_factory=list)
    freed: int = 0

    def take(self, chosen: Iterable[Entry], *, delete: bool) -> None:
        """Delete each that is not busy."""
        for entry in chosen:
            (self.gone if _remove(entry, delete=delete) else self.busy).append(entry)


def entries(runs: Path) -> list[Entry]:
    """All stages in the store of a directory of runs, finished or not.

    Raises:
        NothingToShow: there is no store.
        StoreError: `runs` is no directory.
    """
    check_directory(runs)
    root = runs / STORE
    if not root.is_dir():
        raise NothingToShow(
            "there is no store yet", code="no-store-yet", where=str(root.absolute()), fix="`xharness train` makes one"
        )
    found = []
    for path in sorted(root.glob("*/*")):
        # Another process may finish or delete it at any time.
        with contextlib.suppress(FileNotFoundError):
            state = _state(path)
            if state and NAME.fullmatch(path.name):
                found.append(_entry(path, state))
    holders = Counter(inode for entry in found for inode in entry.files)
    return [
        dataclasses.replace(entry, own=sum(size for inode, size in entry.files.items() if holders[inode] == 1))
        for entry in found
    ]


def room(found: Iterable[Entry]) -> int:
    """Bytes that stages take on the disk together: a file that several have counts once."""
    files: dict[Inode, int] = {}
    for entry in found:
        files.update(entry.files)
    return sum(files.values())


def references(runs: Path, found: Iterable[Entry]) -> Counter[str]:
    """How many runs refer to a stage, by digest: in plans, in records, or through what was made from it.

    Raises:
        StoreError: the records of a run cannot be read.
    """
    return Counter(digest for _, digests in referred(runs, found) for digest in digests)


def referred(
    runs: Path, found: Iterable[Entry], counted: Callable[[Path], bool] = lambda _: True
) -> Iterator[tuple[Path, set[str]]]:
    """Each run's directory, and the digests of the stages that it refers to.

    Args:
        counted: whether the run of a directory is asked for; the records of others are not read.

    Raises:
        StoreError: the records of a run cannot be read.
    """
    parents: dict[str, set[str]] = {}
    for entry in found:
        parents.setdefault(entry.digest, set()).update(entry.parents)
    for run in filter(counted, sorted(path for path in runs.iterdir() if is_run(path))):
        known: set[str] = set()
        waiting = list(_named(run))
        while waiting:
            digest = waiting.pop()
            if digest not in known:
                known.add(digest)
                waiting += parents.get(digest, ())
        yield run, known


def faults_of(entry: Entry) -> Faults:
    """What is wrong with the files of a finished stage."""
    try:
        manifest = read_manifest(entry.path / MANIFEST)
        then, own = dict(manifest["files"]), manifest["digest"] == entry.digest
    except (OSError, ValueError, LookupError, TypeError):
        return Faults(changed=(MANIFEST,))
    now = file_digests(entry.path)
    changed = [name for name in then if name in now and now[name] != then[name]]
    return Faults(
        missing=tuple(sorted(then.keys() - now.keys())),
        changed=tuple(sorted(changed if own else [MANIFEST, *changed])),
        extra=tuple(sorted(now.keys() - then.keys())),
    )


def made_from(found: Iterable[Entry], wrong: Iterable[Entry]) -> dict[str, str]:
    """Digests of the finished stages that were made from wrong ones, directly or not, each with one such digest."""
    entries_by_parent: dict[str, list[Entry]] = {}
    for entry in found:
        for parent in entry.parents:
            entries_by_parent.setdefault(parent, []).append(entry)
    waiting = [(entry.digest, entry.digest) for entry in wrong]
    known = dict(waiting)
    while waiting:
        parent, source = waiting.pop()
        for entry in entries_by_parent.get(parent, ()):
            if entry.digest not in known:
                known[entry.digest] = source
                waiting.append((entry.digest, source))
    return {digest: source for digest, source in known.items() if digest != source}


def prune(runs: Path, *, unused: bool, broken: bool, work: bool, delete: bool, encoded: bool = False) -> Pruned:
    """Delete what is asked for, or find out what that would be.

    Args:
        unused: finished stages that no run refers to. While there is half-done work, only predictions are among them:
            nothing says what else it needs.
        encoded: encoded rows, whoever refers to them.
        broken: finished stages with faults.
        work: half-done work and leftovers, among them what is left of stages that were let go.

    Raises:
        NothingToShow: there is no store.
        StoreError: the records of a run cannot be read, so that what it refers to is not known.
    """
    found = entries(runs)
    used = references(runs, found) if unused else Counter()
    finished = [entry for entry in found if entry.state == FINISHED]
    begun = [entry for entry in found if entry.state in (HALF_DONE, LEFTOVER)]
    partly = [entry for entry in found if entry.state == PARTLY_LET_GO]
    pruned = Pruned()
    with translated_errors(runs / STORE):
        if work:
            pruned.take((*begun, *partly), delete=delete)
        if broken:
            pruned.take((entry for entry in finished if faults_of(entry)), delete=delete)
        if encoded:
            rows = [entry for entry in finished if entry.kind == Encoded.folder and entry not in pruned.gone]
            pruned.take(rows, delete=delete)
        if unused:
            # Work on a stage that is finished was left by a process that was killed before it removed it.
            done = {(entry.kind, entry.digest) for entry in finished}
            needy = any(entry not in pruned.gone and (entry.kind, entry.digest) not in done for entry in begun)
            let_go = [entry for entry in found if entry.state in (LET_GO, PARTLY_LET_GO)]
            idle = [
                entry
                for entry in (*finished, *let_go)
                if not used[entry.digest] and entry not in (*pruned.gone, *pruned.busy)
            ]
            pruned.kept = [entry for entry in idle if needy and entry.kind != "predict"]
            pruned.take((entry for entry in idle if entry not in pruned.kept), delete=delete)
        if delete:
            drop_idle_files(runs)
    pruned.freed = room(found) - room(entry for entry in found if entry not in pruned.gone)
    return pruned


def drop_idle_files(runs: Path) -> None:
    """Delete shared files that no stage has any more."""
    for path in Pool(runs / STORE / SHARED).idle():
        path.unlink(missing_ok=True)


def _remove(entry: Entry, *, delete: bool) -> bool:
    """Delete a stage that no other process is building; whether it is gone, or would be.

    What is known of one that was partly let go stays, as of any that was let go.
    """
    try:
        with lock_of(entry.path.with_name(entry.digest)).acquire(timeout=0):
            same = _state(entry.path) == entry.state
            if same and delete and entry.state == PARTLY_LET_GO:
                delete_remains(entry.path)
            elif same and delete:
                # First, so that a stage that is half deleted is not taken for finished.
                (entry.path / MANIFEST).unlink(missing_ok=True)
                shutil.rmtree(entry.path)
            return same
    except Timeout:
        return False


def _state(path: Path) -> str | None:
    """The state of a directory of the store; None where there is none."""
    if not path.is_dir():
        return None
    if not path.suffix:
        if (path / MANIFEST).is_file():
            return FINISHED
        if (path / RELEASED).is_file():
            return PARTLY_LET_GO if remains_of(path) else LET_GO
        return LEFTOVER
    done = (path.with_suffix("") / MANIFEST).is_file()
    return HALF_DONE if path.suffix == WORK and not done and any(path.iterdir()) else LEFTOVER


def _entry(path: Path, state: str) -> Entry:
    kind, digest = path.parent.name, path.name.partition(".")[0]
    entry = Entry(path, kind, digest, state, _files(path), datetime.fromtimestamp(path.stat().st_mtime, UTC))
    if state in (FINISHED, LET_GO, PARTLY_LET_GO):
        with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError):
            name = MANIFEST if state == FINISHED else RELEASED
            manifest = read_manifest(path / name)
            entry = dataclasses.replace(
                entry, made=datetime.fromtimestamp(manifest["started"], UTC), seconds=manifest["seconds"]
            )
            return dataclasses.replace(entry, about=_about(kind, manifest), parents=_parents(manifest))
    return entry


def _parents(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Digests of the stages that one was made from; manifests of older stores have them among the inputs."""
    if "parents" in manifest:
        return tuple(parent["digest"] for parent in manifest["parents"].values())
    named = (manifest["inputs"].get(name) for name in ("start", "checkpoint", "model"))
    return tuple(digest for digest in named if digest)


def _about(kind: str, manifest: Mapping[str, Any]) -> str:
    """What a stage is, in words."""
    kept = manifest.get("facts", {}).get("snapshots", [])
    snapshots = f"; checkpoints in steps/: {', '.join(map(str, kept))}" if kept else ""
    return (manifest.get("about") or _about_inputs(kind, manifest["inputs"])) + snapshots


def _about_inputs(kind: str, inputs: Mapping[str, Any]) -> str:
    """What a stage of an older store is, whose manifest has only what the words are made from."""
    if kind == "train":
        tasks = ", ".join(task["task"] for task in inputs["tasks"])
        return f"{inputs['phase']} phase on {tasks}, seed {inputs['seed']}"
    if kind == "predict":
        return f"{inputs['data']['task']} {inputs['split']}, {inputs['language']}"
    if kind == "features":
        return f"rows of {inputs['task']}"
    if "tokens_of" in inputs:
        return f"a model with the tokens of {counted(len(inputs['tokens_of']), 'set')} of rows"
    return f"a model built from texts of {', '.join(task for task, _ in inputs['texts'])}"


def _files(directory: Path) -> dict[Inode, int]:
    found = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                status = Path(folder, name).stat()
                found[status.st_dev, status.st_ino] = status.st_size
    return found


def _named(run: Path) -> Iterator[str]:
    """Digests of the stages that a run's records name, and of the checkpoints that it plans with.

    Raises:
        StoreError: the records cannot be read.
    """
    yield from described(run).checkpoints or ()
    if not (run / records.FILE).is_file():
        return
    try:
        found = records.read_records(run)
        problem = "" if found.runs else "there are none"
    except (UserError, OSError) as error:
        found, problem = None, str(error)
    if found is None or problem:
        fix = "put them right, or delete the run's directory if it is not wanted"
        raise StoreError(
            f"the records of a run cannot be read: {problem}", code="unreadable-records", where=str(run), fix=fix
        )
    for model in found.models.values():
        yield from (model.result.digest, model.result.start, *(phase.digest for phase in model.result.phases))
    yield from (score.result.predictions for score in found.scores)
    yield from (one.result.measured for one in found.measures if one.result.measured)
