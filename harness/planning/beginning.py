"""Beginning a run: one process after the other looks whether a name is free and a run is at work, and begins."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from harness.errors import SettingsError
from harness.results.find import known_runs
from harness.results.runs import RUNNING, STORE, RunInfo, at_work, begin, described, state

LOCK = ".begin.lock"
"""In the store: held for the moment in which a run begins. The system frees it with the process."""


@contextlib.contextmanager
def begun(directory: Path, info: RunInfo, *, resumes: bool) -> Iterator[None]:
    """A run's new directory, which other processes see at work for as long as the context lasts.

    Args:
        directory: below the directory of runs, whose store exists.
        resumes: whether it resumes a run, so that no other attempt at the same may be at work.

    Raises:
        SettingsError: another run has the name by now, or another process has resumed the run.
    """
    runs = directory.parent
    with contextlib.ExitStack() as stack:
        with FileLock(runs / STORE / LOCK):
            if info.name and not resumes:
                check_name_is_free(runs, info.name, info.asked)
            for run in known_runs(runs) if resumes else ():
                if run.info.asked == info.asked:
                    check_not_at_work(run.directory)
            begin(directory, info)
            stack.enter_context(at_work(directory))
        yield


def check_name_is_free(runs: Path, name: str, asked: str) -> None:
    """Refuse a name that a run has which was asked for something else.

    Raises:
        SettingsError: there is one.
    """
    for run in known_runs(runs):
        if run.info.name == name and run.info.asked != asked:
            raise SettingsError(
                f"another run is called {name!r}, which was asked for something else",
                code="run-name-taken",
                where=str(run.directory),
                fix=f"give another --name, or repeat that run: xharness train --resume {name}"
                if run.info.command == "train"
                else "give another --name",
            )


def check_not_at_work(directory: Path) -> None:
    """Refuse a run that a process is working on.

    Raises:
        SettingsError: one is.
    """
    if state(directory, described(directory)) == RUNNING:
        raise SettingsError(
            "the run is at work",
            code="run-at-work",
            where=str(directory),
            fix="wait until it has ended; `xharness ls runs` shows it",
        )
