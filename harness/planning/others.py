"""Which checkpoints other runs need: those at work all that they plan with, others what their settings keep."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from harness.config import load_file
from harness.errors import UserError
from harness.planning.housekeeping import entries, referred
from harness.planning.stages.rounded import FOLDER, rounded_digest
from harness.results.find import known_runs
from harness.results.runs import RUNNING, SETTINGS, described, state

if TYPE_CHECKING:
    from harness.planning.stages.base import Checkpoint
    from harness.planning.store import Store


class KeepSettings(Protocol):
    """The settings that say which checkpoints are kept."""

    @property
    def keep(self) -> str:
        """Which phases' checkpoints: "all", "intermediate", "none" or "again"."""

    @property
    def keep_precision(self) -> str:
        """ "bf16" for the rounded ones; "" for the phases' own."""


def is_kept(checkpoint: Checkpoint, settings: KeepSettings) -> bool:
    """Whether settings keep a checkpoint of a phase after all is stored that is made from it."""
    if checkpoint.rounded is not bool(settings.keep_precision):
        return False
    return keeps_phase(checkpoint.phases[-1].phase, settings)


def keeps_phase(name: str, settings: KeepSettings) -> bool:
    """Whether settings keep the checkpoints of phases of a name, "intermediate" or "target"."""
    return settings.keep in ("all", "again") or (settings.keep == "intermediate" and name == "intermediate")


@dataclass(frozen=True)
class _Given:
    """Settings that keep checkpoints, as far as a run's file gives them; all is kept where it cannot be read."""

    keep: str = "all"
    keep_precision: str = ""


@dataclass(frozen=True)
class OtherRun:
    """Another run, and the checkpoints that it has to do with.

    Attributes:
        digests: of the checkpoints that it plans with, or that its records name.
    """

    directory: Path
    at_work: bool
    settings: KeepSettings
    digests: Collection[str]

    def needs(self, checkpoint: Checkpoint, store: Store) -> bool:
        """Whether it needs a checkpoint: it is at work, or its settings keep it, perhaps rounded and still to do."""
        if checkpoint.digest not in self.digests:
            return False
        if self.at_work or is_kept(checkpoint, self.settings):
            return True
        to_round = bool(self.settings.keep_precision) and not checkpoint.rounded
        return (
            to_round
            and keeps_phase(checkpoint.phases[-1].phase, self.settings)
            and not store.has(FOLDER, rounded_digest(checkpoint.digest))
        )


class OtherRuns:
    """All runs of a directory but one, and but other attempts at the same that are not at work.

    Args:
        run: the directory of the run that asks.
        runs: the directory of runs.
    """

    def __init__(self, run: Path, runs: Path) -> None:
        self._run = run
        self._runs = runs
        self._recorded: dict[Path, set[str]] | None = None

    def now(self) -> list[OtherRun]:
        """Those that may need checkpoints; looked at anew each time, as runs begin and end meanwhile.

        Raises:
            StoreError: the records of a run of an earlier version cannot be read.
        """
        asked = described(self._run).asked
        found = []
        for run in known_runs(self._runs):
            at_work = state(run.directory, run.info) == RUNNING
            settings = _settings_of(run.directory)
            same = bool(asked) and run.info.asked == asked
            if run.directory == self._run or (not at_work and (same or settings.keep == "none")):
                continue
            planned = run.info.checkpoints
            digests = self._in_records(run.directory) if planned is None else planned
            found.append(OtherRun(run.directory, at_work, settings, frozenset(digests)))
        return found

    def _in_records(self, run: Path) -> set[str]:
        """What the records of a run refer to, of one that does not say what it plans with."""
        if self._recorded is None:
            older = {
                one.directory
                for one in known_runs(self._runs)
                if one.info.checkpoints is None and _settings_of(one.directory).keep != "none"
            }
            self._recorded = dict(referred(self._runs, entries(self._runs), counted=older.__contains__))
        return self._recorded.get(run, set())


def _settings_of(run: Path) -> _Given:
    try:
        values = load_file(run / SETTINGS)
    except UserError:
        return _Given()
    return _Given(str(values.get("keep", "all")), str(values.get("keep_precision", "")))
