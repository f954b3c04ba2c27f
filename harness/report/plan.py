"""A plan for people: phases with steps, tokens, disk and what is already done, and an estimate of the time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.arms import Arm
from harness.catalogue.values import weights_of
from harness.errors import counted
from harness.planning import estimates
from harness.planning.conditions import diagnostic_tasks
from harness.planning.missing import missing_phases
from harness.planning.plan import Cell, Plan
from harness.planning.session import Session
from harness.planning.stages.training import Trained, phase_facts
from harness.report.fit import Narrowing
from harness.report.planned_costs import Waiting, estimate_of
from harness.report.planned_measures import measured_lines
from harness.report.planned_steps import whole_step_lines
from harness.results.consistency import unlike_here
from harness.results.further import PHASE
from harness.results.schema import TrainedBy
from harness.results.words import diagnostic_line
from harness.setting import braces
from harness.sources.base import generated_source
from harness.training.machine import trained_by

LONGEST_TEXT = 60
"""Of an arm that is shown beside its label; that of a suite is its tasks, which the table has."""
TOLD_RISK = 0.01
"""Probability from which on a plan says that a task may get no step."""

DONE, NOT_NEEDED = "done", "not needed"
"""States of a phase: in the store, or let go since; not there, but all that is made from it is."""


def plan_view(session: Session, *, ranks: int | None = None) -> RenderableType:
    """What a session would do.

    Args:
        ranks: that are asked for, where those of this process are others.
    """
    plan = session.plan
    wide, narrow = Table(box=box.SIMPLE, pad_edge=False), Table(box=box.SIMPLE, pad_edge=False, collapse_padding=True)
    for column in ("phase", "tasks", "after"):
        wide.add_column(column, min_width=len("commonsenseqa"))
    narrow.add_column("", justify="right", no_wrap=True)
    narrow.add_column("phase", min_width=len("intermediate: commonsenseqa"))
    for table in (wide, narrow):
        for column in ("seed", "steps", "tokens", "rows"):
            table.add_column(column, justify="right", no_wrap=True)
        table.add_column("state")
    told = _told_apart(plan.phases)
    numbers_of = {phase.digest: number for number, phase in enumerate(plan.phases, start=1)}
    waiting_tokens, copies = 0.0, dict[str, int]()
    steps: dict[str, int] = {}
    missing = {phase.digest for phase in missing_phases(plan, session.bench)}
    states: Counter[str] = Counter()
    for phase in plan.phases:
        cost = phase.cost(session.bench)
        steps[phase.digest] = cost.steps
        state = _state(session, phase, missing)
        states[state] += 1
        if phase.digest in missing:
            waiting_tokens += cost.tokens
            copies[phase.digest] = cost.checkpoints
        steps_shown = f"{cost.steps:,}" if phase.hyper.steps else f"~{cost.steps:,}"
        numbers = (str(phase.seed), steps_shown, f"~{cost.tokens:,.0f}", f"{cost.rows:,}")
        tasks, before = _with_settings(_tasks(session, phase), phase, told), _after(session, phase, told)
        wide.add_row(phase.phase, tasks, before, *numbers, state)
        earlier = [numbers_of[one.digest] for one in phase.start.phases if one.digest in numbers_of]
        after = f" after phase {earlier[-1]}" if earlier else ""
        narrow.add_row(str(numbers_of[phase.digest]), f"{phase.phase}{after}: {tasks}", *numbers, state)
    predicted = sum(session.bench.has(s.stage) for s in plan.cells)
    scored = f"{counted(len(plan.cells), 'prediction')} to score, {predicted} of them done"
    parts: list[RenderableType] = [*_header(session), *([Narrowing(wide, narrow)] if plan.phases else [])]
    spared = f", {states[NOT_NEEDED]} not needed (all predictions from them are stored)" if states[NOT_NEEDED] else ""
    diagnostic = diagnostic_tasks(plan.cells, session.bench.registry)
    phases = f"{counted(len(plan.phases), 'training phase')}, {states[DONE]} of them done{spared}; {scored}"
    parts += [
        Text(f"arms: {'; '.join(map(_arm, plan.arms))}"),
        *([Text(f"gains: against {plan.settings.against}")] if plan.settings.against else []),
        Text(f"scored: {_scored(plan.scored_at_end)}"),
        *map(Text, unscored_languages(plan)),
        *_scored_after_phases(plan),
        *([Text(f"perturbed: all of them with {', with '.join(plan.conditions)}, too")] if plan.conditions else []),
        *([Text(diagnostic_line(diagnostic))] if diagnostic else []),
        *map(Text, measured_lines(plan)),
        Text(phases),
        *_trained_elsewhere(session, ranks),
        *_sharing(plan, steps),
        *_idle_tasks(session, steps),
        *map(Text, whole_step_lines(session)),
        Text(estimate_of([Waiting(session, waiting_tokens, copies)])),
    ]
    return Group(*parts)


def unscored_languages(plan: Plan) -> Iterator[str]:
    """A line on the languages that are asked for and in which the data have rows of no target."""
    scored = {cell.language for cell in plan.cells}
    if absent := [code for code in plan.settings.languages if code not in scored]:
        yield f"not scored: {', '.join(absent)}, in which no target has rows"


def _arm(arm: Arm) -> str:
    """An arm's label, what that stands for, and hyper-parameters of its own."""
    told = arm.label == arm.text or arm.varied or len(arm.text) > LONGEST_TEXT
    named = arm.label if told else f"{arm.label}: {arm.text}"
    return named + (f" with {listed(arm.settings)}" if arm.settings else "")


def listed(values: Mapping[str, Any]) -> str:
    """Hyper-parameters in a line."""
    return ", ".join(f"{name} = {value}" for name, value in values.items())


def _scored(cells: Iterable[Cell]) -> str:
    """Each task, with how many languages it is scored in."""
    languages: dict[str, set[str]] = {}
    for cell in cells:
        languages.setdefault(cell.task, set()).add(cell.language)
    return ", ".join(f"{task} in {counted(len(codes), 'language')}" for task, codes in languages.items())


def _scored_after_phases(plan: Plan) -> Iterator[Text]:
    """What is scored after each phase, how much that adds, and what cannot be scored there."""
    cells = [cell for cell in plan.cells if PHASE in cell.further]
    if cells:
        added = {cell.stage.digest for cell in cells} - {cell.stage.digest for cell in plan.scored_at_end}
        more = counted(len(added), "more prediction")
        yield Text(f"scored after each phase: {_scored(cells)}; {more} to make, {counted(len(cells), 'score')}")
    if plan.unscored:
        yield Text(f"not scored after phases, for want of rows: {', '.join(plan.unscored)}")


def _trained_elsewhere(session: Session, ranks: int | None) -> Iterator[Text]:
    """Phases of the store that other ranks, devices or micro-batches trained; of other libraries the store tells."""
    found: Counter[str] = Counter()
    for phase in session.plan.phases:
        known = phase_facts(session.bench, phase).get(phase.digest, {"trained_by": []})
        trained = [TrainedBy(**{**one, "versions": {}}) for one in known["trained_by"]]
        here = {**trained_by(phase.hyper), "versions": {}}
        found[unlike_here(trained, TrainedBy(**{**here, "ranks": ranks or here["ranks"]}))] += 1
    del found[""]
    for unlike, count in found.items():
        were = "was" if count == 1 else "were"
        yield Text(f"{counted(count, 'phase')} of the store {were} trained with {unlike}")


def _sharing(plan: Plan, steps: Mapping[str, int]) -> Iterator[Text]:
    """What is saved by training only once what several targets, arms and seeds start from."""
    unshared = plan.unshared
    if len(unshared) > len(steps):
        alone = sum(steps[phase.digest] for phase in unshared)
        shared = sum(steps.values())
        roughly = "" if all(phase.hyper.steps for phase in plan.phases) else "roughly "
        yield Text(
            f"{roughly}{counted(shared, 'optimiser step')}; sharing no phase, "
            f"{counted(len(unshared), 'phase')} would take {alone:,}"
        )


def _share(share: float) -> str:
    """In percent, with a digit behind the point where it would be 0 without."""
    return f"{share:.0%}" if share >= 0.01 else f"{100 * share:.1g}%"


def _idle_tasks(session: Session, steps: Mapping[str, int]) -> Iterator[Text]:
    """Tasks with so small a share of a phase's steps that none may fall on them."""
    for number, phase in enumerate(session.plan.phases, start=1):
        risks = phase.idle_risks(session.bench.data)
        told = [f"{task} (probability {risk:.0%})" for task, risk in risks.items() if risk >= TOLD_RISK]
        if told:
            yield Text(f"phase {number}: none of {counted(steps[phase.digest], 'step')} may fall on {', '.join(told)}")


def _tasks(session: Session, phase: Trained) -> str:
    """Names of a phase's tasks, with shares of the steps and what of their rows is used where settings set these."""
    asked = phase.task_weights or phase.replayed or not {"mixing", "temperature"} <= phase.hyper.unchanged_later()
    sizes = (
        {rows.task: estimates.units(session.bench.data, rows) for rows in phase.tasks}
        if len(phase.tasks) > 1 and asked
        else {}
    )
    shares = phase.mixing.shares(sizes)
    shown = []
    for rows in phase.tasks:
        share = f" {_share(shares[rows.task])}" if shares else ""
        used = [counted(len(session.bench.data.of(rows).rows), "row")] if rows.hyper.examples else []
        used += ["random labels"] if rows.hyper.random_labels else []
        told = f" ({', '.join(used)})" if used else ""
        shown.append(f"{rows.task}{share}{told}")
    return escape(", ".join(shown))


def _after(session: Session, phase: Trained, told: Mapping[str, str]) -> str:
    """What the phase's encoder was trained on before."""
    before = phase.start.phases
    names = [one.names[0] if one.replayed else _tasks(session, one) for one in before]
    return " > ".join(_with_settings(name, one, told) for name, one in zip(names, before, strict=True)) or "-"


def _with_settings(tasks: str, phase: Trained, told: Mapping[str, str]) -> str:
    """A phase's tasks with what tells it from others on the same ones."""
    settings = told.get(phase.digest, "")
    if settings and len(phase.names) > 1:
        return f"({tasks}){settings}"
    name = phase.names[0]
    return name + settings + tasks.removeprefix(name)


def _told_apart(phases: Sequence[Trained]) -> dict[str, str]:
    """By phase, in braces, the hyper-parameters in which it differs from others on the same tasks."""
    groups: dict[tuple[Any, ...], list[Trained]] = {}
    for phase in phases:
        groups.setdefault((phase.phase, phase.names, phase.seed), []).append(phase)
    found = {}
    for group in groups.values():
        values = {one.digest: _hyper(one) for one in group}
        names = dict.fromkeys(name for own in values.values() for name in own)
        differ = [name for name in names if len({str(own.get(name)) for own in values.values()}) > 1]
        for digest, own in values.items():
            found[digest] = escape(braces({name: own[name] for name in differ if name in own}))
    return found


def _hyper(phase: Trained) -> dict[str, Any]:
    """The hyper-parameters that decide a phase: of the model in part, of the phase, and of its rows by task."""
    of_rows = {
        f"tasks.{rows.task}.{name}": found for rows in phase.tasks for name, found in rows.encoding["hyper"].items()
    }
    shape = phase.origin.shape
    return {
        "model.layers": shape.layers,
        "model.hidden_size": shape.hidden_size,
        **phase.inputs["hyper"],
        **of_rows,
    }


def _header(session: Session) -> list[Text]:
    plan, data = session.plan, session.bench.data
    models: dict[str, list[str]] = {}
    for label, model in plan.models.items():
        models.setdefault(model.digest, []).append(label)
    lines = []
    for labels in models.values():
        whole, shape = plan.models[labels[0]].whole, plan.models[labels[0]].shape
        about = "~" if shape.estimated else ""
        whose = f", of {', '.join(labels)}" if len(models) > 1 else ""
        lines.append(
            _unbroken(
                f"model {plan.settings.model} ({whole.kind}, {shape.layers} layers x {shape.hidden_size}, "
                f"{about}{shape.parameters:,} weights), preset {plan.settings.preset}{whose}"
            )
        )
    if weights := weights_of(plan.settings.model, session.bench.registry.models):
        lines.append(Text(f"weights: {weights}"))
    if plan.settings.set:
        lines.append(Text(f"set: {listed(plan.settings.set)}"))
    if plan.model.tokens_of:
        counts = counted(len(plan.model.tokens_of), "set")
        lines.append(Text(f"vocabulary trimmed to tokens of {plan.settings.trim_vocab} and the run, {counts} of rows"))
    if plan.settings.keep_precision:
        lines.append(Text("each phase's checkpoint is rounded to bf16, and what follows starts from the rounded one"))
    if plan.settings.keep in ("intermediate", "none"):
        which = "those of target phases" if plan.settings.keep == "intermediate" else "all of them"
        lines.append(Text(f"checkpoints, {which}, are let go when all is stored that is made from them"))
    generated = generated_source(data.source.name, session.bench.registry)
    if generated:
        lines.append(Text(f"data: {plan.settings.data}, {generated.description}"))
    else:
        lines.append(_unbroken(f"data: {plan.settings.data}"))
    stand_ins = sorted({f"{s.task} {s.split}" for s in data.loaded if s.stand_in})
    if stand_ins:
        lines.append(Text(f"stand-ins, not the official splits: {', '.join(stand_ins)}"))
    unscored = [] if generated else list(_unscored(session))
    if unscored:
        lines.append(Text(f"no rows to score in: {'; '.join(unscored)}"))
    if data.skipped:
        lines.append(_unbroken(f"bad rows left out: {len(data.skipped)}, the first: {data.skipped[0]}"))
    if plan.settings.limit:
        lines.append(Text(f"limited to the first {counted(plan.settings.limit, 'row')} of each split"))
    return lines


def _unbroken(line: str) -> Text:
    """A line that may hold a path to copy."""
    return Text(line, no_wrap=True, overflow="ignore")


def _unscored(session: Session) -> Iterator[str]:
    """Languages that were asked for and for which the data have no rows in the split a target is scored on."""
    plan = session.plan
    for target in plan.targets:
        scored = {cell.language for cell in plan.cells if cell.task == target}
        split = next(cell.split for cell in plan.cells if cell.task == target)
        wanted = plan.settings.languages or session.bench.registry.task(target).languages
        missing = [
            code for code in session.bench.registry.task(target).languages if code in wanted and code not in scored
        ]
        if missing:
            yield f"{target} {split} {', '.join(missing)}"


def _state(session: Session, phase: Trained, missing: Collection[str]) -> str:
    if session.bench.has(phase) or (phase.digest not in missing and session.bench.is_let_go(phase)):
        return DONE
    if phase.digest not in missing:
        return NOT_NEEDED
    return "begun" if session.bench.store.half_done(phase.folder, phase.digest) else "to do"


def steps_of(session: Session) -> dict[str, int]:
    """Optimiser steps of each phase of a plan, by its digest."""
    return {phase.digest: phase.cost(session.bench).steps for phase in session.plan.phases}
