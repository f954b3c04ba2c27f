"""Which runs can be resumed."""

from __future__ import annotations

from pathlib import Path

from harness.errors import SettingsError
from harness.results.runs import RUNNING, RunInfo, described, repeat, state


def check_resumable(directory: Path) -> RunInfo:
    """What is known of a run that can be resumed.

    Raises:
        SettingsError: it is not one of training, or is at work.
    """
    info = described(directory)
    if info.command != "train":
        raise SettingsError(
            f"only a training run can be resumed; this is one of {info.command}",
            code="not-a-training-run",
            where=str(directory),
            fix=f"to repeat it: {repeat(directory, info)}",
        )
    if state(directory, info) == RUNNING:
        raise SettingsError(
            "the run is at work",
            code="run-at-work",
            where=str(directory),
            fix="wait until it has ended; `xharness ls runs` shows it",
        )
    return info
