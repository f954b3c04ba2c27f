"""What a tracker is: it follows the runs it is asked to follow into a tool of its own, such as TensorBoard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Tracker:
    """Something that `--track NAME` asks for.

    Attributes:
        name: what it is asked for by.
        start: makes an object with implementations of life-cycle hooks, given a directory for files of its own, which
            is the same for all runs of a runs directory and need not exist.
        check: raises `harness.UserError` where what it needs is not installed, given the same directory, in which it
            writes nothing: plans ask it, too.
    """

    name: str
    start: Callable[[Path], object]
    check: Callable[[Path], object] = lambda _: None
