"""What a tracker is: it follows the runs it is asked to follow into a tool of its own, such as TensorBoard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UserError

if TYPE_CHECKING:
    from harness.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Tracker:
    """Something that `--track NAME` asks for.

    Attributes:
        name: what it is asked for by.
        start: makes an object with implementations of life-cycle hooks, given a directory for files of its own, which
            is the same for all runs of a runs directory and need not exist. It raises `harness.UserError` where what
            it needs is not installed: that is before anything is trained.
    """

    name: str
    start: Callable[[Path], object]


def start_trackers(registry: Registry, names: Sequence[str], runs: Path) -> dict[str, object]:
    """The objects that follow runs, by name of their tracker.

    Args:
        runs: the runs directory; each tracker gets the folder of its name in it.

    Raises:
        UnknownName: there is no such tracker.
        UserError: one cannot start.
    """
    started = {}
    for name in dict.fromkeys(names):
        tracker = registry.tracker(name)
        try:
            started[name] = tracker.start(runs / name)
        except UserError:
            raise
        except Exception as error:
            plugin = registry.owner("tracker", name)
            raise UserError(
                f"the tracker {name} cannot start: {type(error).__name__}: {error}",
                where=f"plugin {plugin.entry_point!r} of {plugin.distribution}",
                mend="mend it, or leave out --track",
            ) from error
    return started
