"""What is made once for all tests of a run of pytest, in however many processes they run."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A directory that the first process to ask for it has filled, and the others only read.

    Args:
        name: of the directory, and of no other.
        make: fills the directory, which is there and empty.
    """
    base = factory.getbasetemp()
    # Each worker of pytest-xdist has a directory of its own in the one that all share.
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared" / name
    place.parent.mkdir(exist_ok=True)
    with FileLock(place.with_suffix(".lock")):
        done = place.with_suffix(".done")
        if not done.exists():
            # What a process that failed has left is in the way.
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            make(place)
            done.touch()
    return place
