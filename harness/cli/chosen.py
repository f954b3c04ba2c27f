"""Which run a command works on, said in the first line of its standard error, so that output stays clean."""

from __future__ import annotations

from pathlib import Path

from harness.cli.say import say
from harness.results.find import find_run, require_scores


def chosen_run(runs: Path, name: str | None, *, trained: bool = False) -> Path:
    """The directory of the run that is meant.

    Args:
        name: as the user wrote it; None for the latest.
        trained: as for `find_run`.

    Raises:
        NothingToShow: there is none, or it has no scores yet.
        UserError: several are meant.
    """
    directory = find_run(runs, name, trained=trained)
    say(f"run: {directory}", err=True)
    require_scores(directory)
    return directory
