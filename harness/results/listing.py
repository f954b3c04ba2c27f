"""The list of runs: a line each, from what their directories say; records are read only where that is not enough."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UserError
from harness.results import records
from harness.results.find import StoredRun, attempts, known_runs, shortest
from harness.results.runs import INTERRUPTED, RunInfo, ending_of, is_described, state
from harness.results.schema import ARM

UNREADABLE = "unreadable"
"""The state of a run whose records are broken."""


@dataclass(frozen=True)
class ListedRun:
    """A run as a list shows it.

    Attributes:
        name: to call it by: the name it was given, or the beginning of its directory's.
        state: done, failed (something could not be scored), running, interrupted or unreadable.
        scored: predictions that have a score; None where that cannot be told.
        resumed: whether it was interrupted and a later attempt has taken it up again.
        shown_by: what the later attempt at the same is called that stands for it: one that has taken it up, or that
            has the same given name and has ended; "" where it stands for itself.
    """

    name: str
    directory: Path
    info: RunInfo
    state: str
    scored: int | None
    resumed: bool
    shown_by: str = ""

    @property
    def mean_gain(self) -> float | None:
        """The mean gain in percent of the arm that has the largest; None without gains."""
        return max(self.info.ending.gains.values(), default=None) if self.info.ending else None

    def values(self) -> dict[str, object]:
        """What `xharness ls runs --json` shows."""
        ending = self.info.ending
        return {
            "name": self.name,
            "directory": str(self.directory),
            "command": self.info.command,
            "of": self.info.of,
            "started": self.info.started,
            "arms": list(self.info.arms),
            "targets": list(self.info.targets),
            "model": self.info.model,
            "state": self.state,
            "resumed": self.resumed,
            "shown_by": self.shown_by or None,
            "planned": self.info.planned,
            "scored": self.scored,
            "failed": ending.failed if ending else None,
            "mean_gain": self.mean_gain,
            "gains": dict(ending.gains) if ending else {},
            "not_averaged": list(ending.not_averaged) if ending else [],
            "seconds": ending.seconds if ending else None,
        }


def listed_runs(runs: Path) -> list[ListedRun]:
    """All runs of a directory, the oldest first, each followed by what belongs to it."""
    known = known_runs(runs)
    names = shortest(known)
    return [_listed(run, names, known) for run in _in_families(known)]


def _in_families(known: Sequence[StoredRun]) -> list[StoredRun]:
    """Runs with what belongs to them behind them, or behind the latest attempt at the same."""
    latest = {run.directory.name: attempts(run, known)[-1].directory.name for run in known}
    below: dict[str, list[StoredRun]] = {}
    for run in known:
        below.setdefault(latest.get(run.info.of or "", ""), []).append(run)
    ordered: list[StoredRun] = []
    waiting = below.get("", [])[::-1]
    while waiting:
        run = waiting.pop()
        ordered.append(run)
        waiting += below.get(run.directory.name, [])[::-1]
    return ordered


def _listed(run: StoredRun, names: Mapping[Path, str], known: Sequence[StoredRun]) -> ListedRun:
    info, scored = run.info, run.info.ending.scored if run.info.ending else None
    try:
        if not info.ending:
            info, scored = _from_records(run)
        now = state(run.directory, info)
    except UserError:
        now = UNREADABLE
    later = [other for other in attempts(run, known) if other.info.started > info.started]
    resumed = now == INTERRUPTED and bool(later)
    again = [other for other in later if info.name and other.info.name == info.name and other.info.ending]
    stands_for = later[-1:] if resumed else again[-1:]
    shown_by = names[stands_for[0].directory] if stands_for else ""
    return ListedRun(names[run.directory], run.directory, info, now, scored, resumed, shown_by)


def _from_records(run: StoredRun) -> tuple[RunInfo, int]:
    """What the records of a run without an ending say of it, and how many of its predictions have a score.

    Raises:
        UserError: they are broken.
    """
    directory, info = run.directory, run.info
    if not (directory / records.FILE).is_file():
        return info, 0
    found = records.read_records(directory)
    ending = ending_of(directory, seconds=None)
    scored = dict.fromkeys(str(record.result.at[ARM]) for record in found.clean)
    info = dataclasses.replace(info, arms=info.arms or tuple(scored))
    # Runs of earlier versions say nothing of their end.
    ended = not is_described(directory) and scored and not found.unscored and not found.cut
    return dataclasses.replace(info, ending=ending if ended else None), ending.scored
