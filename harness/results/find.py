"""Which run is meant: by its directory, its name or the beginning of either, or the latest that will do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import NothingToShow, StoreError, UserError, counted
from harness.results.records import FILE as RECORDS
from harness.results.runs import RUNNING, RunInfo, described, has, is_run, repeat, state

SHOWN = 10
"""Runs named in a message."""


@dataclass(frozen=True)
class StoredRun:
    """A run on disk."""

    directory: Path
    info: RunInfo

    @property
    def called(self) -> str:
        """What it is called: the name it was given, or else its directory's."""
        return self.info.name or self.directory.name

    @property
    def stands_alone(self) -> bool:
        """Whether it belongs to no other run."""
        return self.info.of is None


def known_runs(runs: Path) -> list[StoredRun]:
    """All runs of a directory, the oldest first; nothing is read of their scores.

    Raises:
        StoreError: it is no directory.
    """
    check_directory(runs)
    directories = runs.iterdir() if runs.is_dir() else ()
    found = [StoredRun(directory, described(directory)) for directory in directories if is_run(directory)]
    return sorted(found, key=lambda run: (run.info.started, run.directory.name))


def check_directory(runs: Path) -> None:
    """Refuse what is there and cannot hold runs.

    Raises:
        StoreError: it is no directory.
    """
    if runs.exists() and not runs.is_dir():
        raise StoreError(
            "not a directory", code="not-a-directory", where=str(runs.absolute()), fix="name another --runs"
        )


def find_run(runs: Path, name: str | None, *, trained: bool = False) -> Path:
    """The run that is meant; the latest that belongs to no other run if none is named.

    Args:
        name: the path or name of its directory, the name it was given, or the beginning of one of these names; or the
            path of its records.
        trained: if none is named, pass over what trained nothing, and over runs without a score.

    Raises:
        NothingToShow: there is none.
        UserError: several begin so.
    """
    if name and is_run(Path(name)):
        return Path(name)
    if name and Path(name).name == RECORDS and is_run(Path(name).parent):
        return Path(name).parent
    # As a shell completes the name of a directory.
    name = name if name is None else name.rstrip("/") or name
    known = known_runs(runs)
    if name is not None:
        return _named(known, name, runs).directory
    if not known:
        raise NothingToShow(
            "there is no run yet", code="no-run-yet", where=str(runs.absolute()), fix="`xharness train` makes one"
        )
    alone = [run for run in known if run.stands_alone] or known
    if trained:
        alone = [run for run in alone if run.info.command == "train"] or alone
        alone = [run for run in alone if has(run.directory, "score")] or alone
    return alone[-1].directory


def root_of(directory: Path) -> str:
    """The name of the directory of the run that a run belongs to: its own, if it stands by itself."""
    seen: set[str] = set()
    while (of := described(directory).of) and of not in seen and is_run(directory.parent / of):
        seen.add(of)
        directory = directory.parent / of
    return directory.name


def require_scores(directory: Path) -> None:
    """Refuse a run that was interrupted before its first score, or has not come to it.

    Raises:
        NothingToShow: it has none.
    """
    if has(directory, "score", "measure"):
        return
    info = described(directory)
    running = state(directory, info) == RUNNING
    raise NothingToShow(
        "the run has no scores yet",
        code="run-without-scores",
        where=str(directory),
        fix="it is at work: wait for its first score" if running else f"to resume it: {repeat(directory, info)}",
    )


def attempts(run: StoredRun, known: Iterable[StoredRun]) -> list[StoredRun]:
    """A run and all others that were asked for the same, such as the one that took it up again."""
    return [other for other in known if other == run or (run.info.asked and other.info.asked == run.info.asked)]


def belonging(directory: Path) -> list[StoredRun]:
    """The evaluations and rescored runs of a run or of another attempt at it that have scores, the oldest first."""
    if not directory.name:
        directory = directory.resolve()
    known = known_runs(directory.parent)
    names = {run.directory.name for run in attempts(StoredRun(directory, described(directory)), known)}
    return [run for run in known if run.info.of in names and has(run.directory, "score", "measure")]


def shortest(known: Sequence[StoredRun]) -> dict[Path, str]:
    """For each run a name to type: the one it was given, or the least of its directory's that tells it from others."""
    names = [name for run in known for name in (run.directory.name, run.info.name) if name]
    latest = {run.info.name: run for run in known if run.info.name}
    return {
        run.directory: run.info.name if latest.get(run.info.name) == run else _shortened(run.directory.name, names)
        for run in known
    }


def _shortened(name: str, names: Sequence[str]) -> str:
    """The beginning of a directory's name, to the second at least."""
    least = len("20260101T000000")
    lengths = range(least, len(name))
    return next((name[:n] for n in lengths if sum(one.startswith(name[:n]) for one in names) == 1), name)


def _named(known: Sequence[StoredRun], name: str, runs: Path) -> StoredRun:
    exact = [run for run in known if run.directory.name == name] or [run for run in known if run.called == name]
    if exact:
        return exact[-1]
    begun = [run for run in known if name and any(one.startswith(name) for one in (run.directory.name, run.info.name))]
    # Attempts under one name are one run, and what belongs to a run does not make its beginning unclear.
    candidates = list({run.called: run for run in begun}.values())
    names = {run.directory.name for run in begun}
    meant = [run for run in candidates if run.info.of not in names] or candidates
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise UserError(
            f"{counted(len(meant), 'run')} begin with {name!r}",
            code="ambiguous-run",
            where=str(runs.absolute()),
            fix=f"name one of {_listed(meant)}",
        )
    raise NothingToShow(
        f"there is no run {name!r}",
        code="unknown-run",
        where=str(runs.absolute()),
        fix=f"known: {_listed(known) or 'none'}",
    )


def _listed(known: Sequence[StoredRun]) -> str:
    """Names of runs, of many the latest."""
    return ", ".join(_latest_names(known))


def _latest_names(known: Sequence[StoredRun]) -> Iterator[str]:
    names = list(dict.fromkeys(run.called for run in known))
    yield from names[-SHOWN:]
    if len(names) > SHOWN:
        yield f"and {len(names) - SHOWN} older ones: `xharness ls runs`"
