"""Which checkpoints a run keeps, and letting go of the others once all is stored that is made from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import StoreError, counted
from harness.planning.others import OtherRuns, is_kept
from harness.planning.stages.base import Checkpoint, Stage
from harness.results.runs import SETTINGS

if TYPE_CHECKING:
    from harness.planning.plan import Plan
    from harness.planning.workbench import Workbench


def wanted_again(plan: Plan, bench: Workbench) -> Iterator[Checkpoint]:
    """Checkpoints of a plan that an earlier run has let go, where its settings ask for them."""
    for checkpoint in _releasable(plan) if plan.settings.keep == "again" else ():
        if is_kept(checkpoint, plan.settings) and bench.is_let_go(checkpoint):
            yield checkpoint


class Keeping:
    """Lets the checkpoints of a plan go that its settings do not keep.

    A checkpoint goes when every prediction and measure that the plan makes from it, or from what starts from it, is
    stored; not if one of them failed, if another run's settings keep it, if another run at work plans with it, or while
    another process builds something in the same store.

    Args:
        run: the directory of the run.

    Attributes:
        gone: digests of those that were let go.
    """

    def __init__(self, plan: Plan, bench: Workbench, run: Path) -> None:
        self.gone: set[str] = set()
        self._bench = bench
        self._known = {one.key: one for one in _releasable(plan)}
        self._left = [one for one in self._known.values() if not is_kept(one, plan.settings)]
        # By each checkpoint that predicts, its results that are not stored yet, as far as is known.
        self._wanted: dict[str, list[Stage]] = {}
        for checkpoint, cells in plan.checkpoints if self._left else ():
            measurings = plan.measurings_of(checkpoint)
            self._wanted[checkpoint.digest] = [*(one.stage for one in cells), *(one.stage for one in measurings)]
        self._reads: dict[str, dict[str, Checkpoint]] = {}
        self._others = OtherRuns(run, bench.store.root.parent)
        self._held: dict[str, Path] = {}
        self._unreadable = ""
        self._waits = False

    def let_go(self, done: Checkpoint) -> None:
        """Let those go that nothing is waiting for any more.

        Args:
            done: the checkpoint whose results have just been made, as far as they could be.

        Raises:
            StoreError: the store cannot be written.
        """
        if not self._left:
            return
        self._wanted[done.digest] = [stage for stage in self._wanted[done.digest] if not self._there(stage)]
        read: dict[str, Checkpoint] = {}
        for missing in self._wanted.values():
            for stage in missing:
                read |= self._read_by(stage)
        needed = {one.digest for last in read.values() for one in self._need(last)}
        done_with = [one for one in self._left if one.digest not in needed]
        idle = [one for one in done_with if self._bench.has(one) or self._is_partly(one)]
        self._held = {}
        self._waits = bool(idle) and self._bench.store.is_built_in()
        if idle and not self._waits:
            self._let_go(idle)
        # Whichever process has let them go.
        self.gone.update(one.digest for one in done_with if self._bench.is_let_go(one) and not self._is_partly(one))
        self._left = [one for one in self._left if one.digest not in self.gone]

    def _let_go(self, idle: list[Checkpoint]) -> None:
        """Let those of some checkpoints go that no other run needs."""
        store = self._bench.store
        try:
            others = self._others.now()
        except StoreError as error:
            self._unreadable = error.what
            return
        for checkpoint in idle:
            needing = [run for run in others if run.needs(checkpoint, store)] if self._bench.has(checkpoint) else []
            if not needing:
                store.let_go(checkpoint.folder, checkpoint.digest)
            elif any(run.at_work for run in needing):
                self._waits = True
            else:
                self._held[checkpoint.digest] = needing[0].directory

    def _is_partly(self, checkpoint: Checkpoint) -> bool:
        return self._bench.store.is_partly_let_go(checkpoint.folder, checkpoint.digest)

    def end(self) -> None:
        """Say what could not go."""
        if self._waits:
            self._bench.note(
                "checkpoints that are not needed any more are kept, as another process works with this store; "
                "repeat the command later to let them go"
            )
        if self._unreadable:
            self._bench.note(f"checkpoints that are not needed any more are kept: {self._unreadable}")
        for run in list(self._held.values())[:1]:
            number = counted(len(self._held), "checkpoint")
            self._bench.note(
                f"{number} not needed, but kept for other runs whose settings keep checkpoints: to let them go, "
                f'set keep = "none" in {run / SETTINGS} and the like, and repeat this command'
            )

    def _read_by(self, stage: Stage) -> dict[str, Checkpoint]:
        """The checkpoints that a stage, or what it is made from, is built with, by their keys; not what led to them."""
        if stage.key not in self._reads:
            found: dict[str, Checkpoint] = {}
            for parent in stage.parents().values():
                found |= {parent.key: self._known[parent.key]} if parent.key in self._known else self._read_by(parent)
            self._reads[stage.key] = found
        return self._reads[stage.key]

    def _need(self, checkpoint: Checkpoint) -> Iterator[Checkpoint]:
        """What it takes to have a checkpoint: itself, or what it is made from as far as that is there."""
        for one in reversed(checkpoint.chain):
            yield one
            if self._bench.has(one):
                return

    def _there(self, stage: Stage) -> bool:
        return stage.is_known(self._bench) and self._bench.has(stage)


def _releasable(plan: Plan) -> list[Checkpoint]:
    """Checkpoints of phases in a plan, each once."""
    chains = (one.stage.checkpoint.chain for one in plan.cells)
    return list({one.digest: one for chain in chains for one in chain if one.can_be_let_go}.values())
