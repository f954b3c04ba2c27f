"""Which measures a plan computes: of each scored checkpoint on the rows that the measure is of, or of two tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from harness.errors import SettingsError, UserError
from harness.measures import OTHER_TASK, Measure, TaskPair
from harness.planning.data import Data
from harness.planning.plan import Cell, Measuring
from harness.planning.similarities import Start, pairs
from harness.planning.stages.base import Checkpoint, Stage, stages_of
from harness.planning.stages.measuring import Measurement
from harness.planning.stages.rows import Rows
from harness.registry import Registry
from harness.results.schema import LANGUAGE, SPLIT, TASK


def measurings(
    cells: Sequence[Cell], measures: Sequence[Measure], registry: Registry, data: Data, starts: Sequence[Start] = ()
) -> tuple[Measuring, ...]:
    """Each measure of each scored checkpoint, task and language that has the rows for it.

    Args:
        cells: what is scored, on perturbed rows, too; most measures are of clean ones alone.
        starts: models on which the tasks of the run are compared, where a measure is of two.

    Raises:
        SettingsError: a measure is of none of them.
    """
    found = [
        one
        for measure in measures
        for one in (
            _between(measure, starts, cells, registry, data) if measure.between else _of(measure, cells, registry, data)
        )
    ]
    idle = [measure.name for measure in measures if not any(one.measure is measure for one in found)]
    if idle:
        of = next(registry.measure(name) for name in idle)
        wanted = [f"tasks of kind {', '.join(of.kinds)}"] if of.kinds else []
        wanted += [f"{of.split} rows"] if of.split else []
        each = " with ".join(wanted)
        raise SettingsError(
            f"nothing of this run can be measured by {', '.join(idle)}",
            code="measure-of-nothing",
            where=f"--tasks {','.join(dict.fromkeys(cell.task for cell in cells))}",
            fix=f"evaluate a run with intermediate tasks, which {of.name} compares with targets"
            f"{f'; both of them {each}' if each else ''}"
            if of.between
            else f"{of.name} is for {each or 'every task'}",
        )
    return tuple(found)


def _of(measure: Measure, cells: Sequence[Cell], registry: Registry, data: Data) -> Iterator[Measuring]:
    for cell in cells:
        if cell.condition and not measure.perturbed:
            continue
        if not measure.kinds or registry.task(cell.task).kind in measure.kinds:
            rows = _rows(measure, cell, registry, data)
            if rows:
                checkpoint = cell.stage.checkpoint
                yield Measuring(
                    at={**cell.at, **_at(rows)},
                    checkpoint=checkpoint,
                    measure=measure,
                    rows=rows,
                    stage=Measurement(measure, _made_from(measure, checkpoint, rows, registry, cell.stage.head_of)),
                    beside=cell.stage,
                )


def _between(
    measure: Measure, starts: Sequence[Start], cells: Sequence[Cell], registry: Registry, data: Data
) -> Iterator[Measuring]:
    """Targets and languages once, however many arms and seeds are scored on them."""
    plain = [cell for cell in cells if not cell.further and not cell.condition]
    targets = {(rows.task, rows.language): rows for cell in plain if (rows := _rows(measure, cell, registry, data))}
    for start in starts:
        for pair in pairs(measure, start, tuple(targets.values()), registry):
            yield Measuring(
                at={**start.at, **_at(pair.target), OTHER_TASK: pair.intermediate.task},
                checkpoint=start.model,
                measure=measure,
                rows=pair.target,
                stage=Measurement(measure, _made_from(measure, start.model, pair, registry)),
            )


def _at(rows: Rows) -> dict[str, str]:
    return {TASK: rows.task, LANGUAGE: rows.language, SPLIT: rows.split}


def _made_from(
    measure: Measure,
    checkpoint: Checkpoint,
    rows: Rows | TaskPair,
    registry: Registry,
    head_of: Checkpoint | None = None,
) -> tuple[tuple[str, Stage], ...]:
    """What a measure says it is made from; a plugin's mistakes are told under its name.

    Args:
        head_of: the checkpoint whose head is used by stages that use one and do not say whose.
    """
    with registry.blaming("measure", measure.name):
        said: Callable[..., Mapping[str, Stage]] | None = measure.between or measure.of
        if said is None:
            raise TypeError("it has neither `of` nor `between`")
        of = tuple(said(checkpoint, rows).items())
        # What stages say of themselves is asked for here, so that a plugin's mistakes are found before all else.
        stages = tuple(stages_of(*(stage for _, stage in of)))
        if head_of:
            of = tuple((name, stage.with_head_of(head_of)) for name, stage in of)
    known = {one.stage for one in registry.stages.values()}
    strange = [type(stage).__name__ for stage in stages if type(stage) not in known]
    if strange:
        raise UserError(
            f"the measure {measure.name} is made from stages that no plugin registers: {', '.join(strange)}",
            code="stage-unregistered",
            fix="register their classes with `register_stages`",
        )
    return of


def _rows(measure: Measure, cell: Cell, registry: Registry, data: Data) -> Rows | None:
    scored = cell.stage.rows
    if measure.split in ("", scored.split):
        return scored
    task = registry.task(cell.task)
    if cell.language not in data.source.languages(task, measure.split):
        return None
    return data.rows(task, data.split(task.name, measure.split, cell.language), scored.hyper)
