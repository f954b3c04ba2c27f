"""Which models and phases of a plan are still to be made: not those all of whose wanted results are stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from harness.planning.keeping import wanted_again
from harness.planning.stages.base import Checkpoint, Stage, stages_of
from harness.planning.stages.training import Trained, phase_facts

if TYPE_CHECKING:
    from harness.planning.plan import Plan
    from harness.planning.workbench import Workbench


def missing_checkpoints(plan: Plan, bench: Workbench) -> dict[str, Checkpoint]:
    """Models and phases that a run of the plan has to make, by digest; each after those it starts from.

    One that is not in the store is made if a result that is not there either is made from it, if records say
    something of it that nothing in the store has kept, or if it was let go and the settings ask for it.
    """
    chain = {stage.key: stage for one in plan.cells for stage in one.stage.checkpoint.chain}
    absent = {key: stage for key, stage in chain.items() if stage.folder and not bench.has(stage)}
    if not absent:
        return {}
    made_from_absent: dict[str, bool] = {}

    def concerns(stage: Stage) -> bool:
        if stage.key not in made_from_absent:
            parents = stage.parents().values()
            made_from_absent[stage.key] = stage.key in absent or any(concerns(parent) for parent in parents)
        return made_from_absent[stage.key]

    def there(stage: Stage) -> bool:
        # Asked last, since the digest of encoded rows takes a tokenizer.
        return not concerns(stage) or (stage.key not in absent and stage.is_known(bench) and bench.has(stage))

    results = (*(one.stage for one in plan.cells), *(one.stage for one in plan.measurings))
    wanted = (*results, *_untold(plan, bench), *wanted_again(plan, bench))
    return {stage.digest: absent[stage.key] for stage in stages_of(*wanted, there=there) if stage.key in absent}


def missing_phases(plan: Plan, bench: Workbench) -> tuple[Trained, ...]:
    """The training phases among them."""
    missing = missing_checkpoints(plan, bench)
    return tuple(phase for phase in plan.phases if phase.digest in missing)


def _untold(plan: Plan, bench: Workbench) -> Iterator[Trained]:
    """Phases of which neither their own manifests nor those of what was made from them say what records do."""
    for cell in plan.cells:
        stage = cell.stage
        if all(map(bench.has, stage.checkpoint.phases)):
            continue
        known = phase_facts(bench, stage.checkpoint, stage)
        yield from (phase for phase in stage.checkpoint.phases if phase.digest not in known)
