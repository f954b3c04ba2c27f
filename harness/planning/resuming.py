"""Which runs can be resumed."""

from __future__ import annotations

from pathlib import Path

from harness.errors import SettingsError
from harness.planning.beginning import check_not_at_work
from harness.results.runs import RunInfo, described, repeat


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
    check_not_at_work(directory)
    return info
