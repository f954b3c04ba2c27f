"""Which checkpoints a run keeps, and letting go of the others once all is stored that is made from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness.config import Settings, load_file
from harness.errors import StoreError, UserError, counted
from harness.planning.housekeeping import entries, referred
from harness.planning.stages.base import Checkpoint, Stage
from harness.results.runs import SETTINGS

if TYPE_CHECKING:
    from harness.planning.plan import Plan
    from harness.planning.workbench import Workbench


def is_kept(checkpoint: Checkpoint, settings: Settings) -> bool:
    """Whether settings keep a checkpoint of a phase after all is stored that is made from it."""
    if checkpoint.rounded is not bool(settings.keep_precision):
        return False
    return keeps_phase(checkpoint.phases[-1].phase, settings)


def keeps_phase(name: str, settings: Settings) -> bool:
    """Whether settings keep the checkpoints of phases of a name, "intermediate" or "target"."""
    return settings.keep in ("all", "again") or (settings.keep == "intermediate" and name == "intermediate")


def wanted_again(plan: Plan, bench: Workbench) -> Iterator[Checkpoint]:
    """Checkpoints of a plan that an earlier run has let go, where its settings ask for them."""
    for checkpoint in _releasable(plan) if plan.settings.keep == "again" else ():
        if is_kept(checkpoint, plan.settings) and bench.is_let_go(checkpoint):
            yield checkpoint


class Keeping:
    """Lets the checkpoints of a plan go that its settings do not keep.

    A checkpoint goes when every prediction and measure that the plan makes from it, or from what starts from it, is
    stored; not if one of them failed, if another run that keeps its checkpoints refers to it, or while another process
    builds something in the same store.

    Args:
        run: the directory of the run.

    Attributes:
        gone: digests of those that were let go.
    """

    def __init__(self, plan: Plan, bench: Workbench, run: Path) -> None:
        self.gone: set[str] = set()
        self._bench = bench
        self._run = run
        self._left = [one for one in _releasable(plan) if not is_kept(one, plan.settings)]
        # Each checkpoint that predicts, with its results that are not stored yet, as far as is known.
        self._wanted: dict[str, tuple[Checkpoint, list[Stage]]] = {}
        for checkpoint, cells in plan.checkpoints if self._left else ():
            measurings = plan.measurings_of(checkpoint)
            results = [*(one.stage for one in cells), *(one.stage for one in measurings)]
            self._wanted[checkpoint.digest] = (checkpoint, results)
        self._others: dict[str, Path | None] | None = None
        self._held: dict[str, Path | None] = {}
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
        _, results = self._wanted[done.digest]
        self._wanted[done.digest] = (done, [stage for stage in results if not self._there(stage)])
        needed = {one.digest for last, missing in self._wanted.values() if missing for one in self._need(last)}
        done_with = [one for one in self._left if one.digest not in needed]
        idle = [one for one in done_with if self._bench.has(one) or self._is_partly(one)]
        self._waits = bool(idle) and self._bench.store.is_built_in()
        for checkpoint in idle if not self._waits else ():
            if self._bench.has(checkpoint) and checkpoint.digest in self._kept_by_others():
                self._held[checkpoint.digest] = self._kept_by_others()[checkpoint.digest]
            else:
                self._bench.store.let_go(checkpoint.folder, checkpoint.digest)
        # Whichever process has let them go.
        self.gone.update(one.digest for one in done_with if self._bench.is_let_go(one) and not self._is_partly(one))
        self._left = [one for one in self._left if one.digest not in self.gone]

    def _is_partly(self, checkpoint: Checkpoint) -> bool:
        return self._bench.store.is_partly_let_go(checkpoint.folder, checkpoint.digest)

    def end(self) -> None:
        """Say what could not go."""
        if self._waits:
            self._bench.note(
                "checkpoints that are not needed any more are kept, as another process works with this store; "
                "repeat the command later to let them go"
            )
        for run in list(filter(None, self._held.values()))[:1]:
            number = counted(len(self._held), "checkpoint")
            self._bench.note(
                f"{number} not needed, but kept for other runs whose settings keep checkpoints: to let them go, "
                f'set keep = "none" in {run / SETTINGS} and the like, and repeat this command'
            )

    def _need(self, checkpoint: Checkpoint) -> Iterator[Checkpoint]:
        """What it takes to have a checkpoint: itself, or what it is made from as far as that is there."""
        for one in reversed(checkpoint.chain):
            yield one
            if self._bench.has(one):
                return

    def _there(self, stage: Stage) -> bool:
        return stage.is_known(self._bench) and self._bench.has(stage)

    def _kept_by_others(self) -> dict[str, Path | None]:
        """Digests of what other runs refer to whose settings keep checkpoints, each with such a run.

        All of them, with none, where that cannot be found out.
        """
        if self._others is None:
            runs = self._bench.store.root.parent
            try:
                others = referred(runs, entries(runs), counted=lambda run: run != self._run and _keeps(run))
                self._others = {digest: run for run, digests in others for digest in digests}
            except StoreError as error:
                self._bench.note(f"checkpoints that are not needed any more are kept: {error.what}")
                self._others = dict.fromkeys(one.digest for one in self._left)
        return self._others


def _releasable(plan: Plan) -> list[Checkpoint]:
    """Checkpoints of phases in a plan, each once."""
    chains = (one.stage.checkpoint.chain for one in plan.cells)
    return list({one.digest: one for chain in chains for one in chain if one.can_be_let_go}.values())


def _keeps(run: Path) -> bool:
    try:
        return load_file(run / SETTINGS).get("keep") != "none"
    except UserError:
        return True
