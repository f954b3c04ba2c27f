"""A study on a terminal: its plan before, its answer after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from harness.documents.parts import Cell, Table
from harness.errors import UserError, counted
from harness.report.plan import steps_of, unscored_languages
from harness.report.planned_costs import estimate
from harness.report.terminal import table_view, view
from harness.statistics.answer import shown_margin
from harness.studies.base import Answered
from harness.studies.words import IN_GENERAL, answer_words, asked_words, halves_words

if TYPE_CHECKING:
    from harness.planning.session import Session
    from harness.studies.session import StudyResult, StudySession


def plan_view(planned: StudySession) -> RenderableType:
    """What a study would do: its runs, what they share, and how long that takes."""
    asked = planned.asked
    parts = [
        Text(asked.study.question, style="bold"),
        Text(f"primary: {asked.study.primary}"),
        Text(f"margin: {shown_margin(asked.options.margin, asked.study.quantity)}"),
        Text(),
    ]
    for number, session in enumerate(planned.sessions, start=1):
        plan = session.plan
        parts.append(
            Text(
                f"run {number}: {counted(len(plan.arms), 'arm')} ({'; '.join(arm.label for arm in plan.arms)}) on "
                f"{plan.settings.model}, {counted(len(plan.settings.seeds), 'seed')}, "
                f"targets {', '.join(plan.targets)}, {counted(len(plan.cells), 'prediction')}"
                + (f", with {', '.join(plan.conditions)}" if plan.conditions else "")
                + (f", {counted(len(plan.measurings), 'measure')}" if plan.measurings else "")
            )
        )
        parts += map(Text, unscored_languages(plan))
    return Group(*parts, Text(), *map(Text, _costs(planned)))


def plans_view(planned: Sequence[StudySession]) -> RenderableType:
    """What several studies would do: what each trains, what others train as well, and all of them together."""
    steps = {one.asked.study.name: _steps(one.sessions) for one in planned}
    users = Counter(digest for own in steps.values() for digest in own)
    rows = []
    for one in planned:
        own = steps[one.asked.study.name]
        shared = {digest: count for digest, count in own.items() if users[digest] > 1}
        done = len(_done(one.sessions))
        cells = (counted(len(one.sessions), "run"), f"{len(own):,}", f"{done:,}", f"{sum(own.values()):,}")
        of_others = (f"{len(shared):,}", f"{sum(shared.values()):,}")
        rows.append(tuple(Cell(text=text) for text in (one.asked.study.name, *cells, *of_others)))
    columns = ("study", "runs", "phases", "done", "steps", "shared phases", "shared steps")
    together = {digest: count for own in steps.values() for digest, count in own.items()}
    alone = sum(sum(own.values()) for own in steps.values())
    lines = [
        f"together {counted(len(together), 'training phase')} of {sum(together.values()):,} steps, "
        f"{len(set().union(*(_done(one.sessions) for one in planned)))} of them done; one by one "
        f"it would be {counted(sum(users.values()), 'phase')} of {alone:,}",
        *estimate([session for one in planned for session in one.sessions]),
    ]
    return Group(table_view(Table("", columns, tuple(rows))), *map(Text, dict.fromkeys(lines)))


def answers_view(answers: Mapping[str, StudyResult | UserError]) -> RenderableType:
    """The primary answers of several studies, or why there is none."""
    parts = []
    for name, found in answers.items():
        if isinstance(found, UserError):
            parts.append(Text(f"{name}: no answer: {found.what}"))
            continue
        for model, own in found.findings.items():
            several = f", {model}" if len(found.findings) > 1 else ""
            parts.append(Text(f"{name}{several}: {answer_words(own.primary)}"))
    return Group(Text("answers", style="bold"), *parts)


def _done(sessions: Iterable[Session]) -> set[str]:
    """Digests of the phases that are in the store."""
    return {phase.digest for session in sessions for phase in session.plan.phases if session.bench.has(phase)}


def _steps(sessions: Iterable[Session]) -> dict[str, int]:
    """Optimiser steps of the phases of all runs, each once."""
    return {digest: found for session in sessions for digest, found in steps_of(session).items()}


def _costs(planned: StudySession) -> Iterator[str]:
    """Training phases of all runs together, each once, and an estimate of the time."""
    steps = _steps(planned.sessions)
    alone = [phase for session in planned.sessions for phase in session.plan.unshared]
    done = _done(planned.sessions)
    if not steps:
        yield "nothing to train"
        return
    every = sum(steps[phase.digest] for phase in alone)
    yield (
        f"{counted(len(steps), 'training phase')}, {len(done)} of them done, {sum(steps.values()):,} steps; "
        f"sharing none, {counted(len(alone), 'phase')} would take {every:,}"
    )
    yield from dict.fromkeys(estimate(planned.sessions))


def study_view(result: StudyResult) -> RenderableType:
    """The answer, what it is made of, and what it cannot say."""
    asked = result.asked
    parts: list[RenderableType] = [Text(asked.study.question, style="bold"), Text()]
    for model, found in result.findings.items():
        several = f"{model}: " if len(result.findings) > 1 else ""
        parts.append(Text(f"{several}{answer_words(found.primary)}", style="bold"))
    if result.pooled:
        parts.append(Text(answer_words(Answered(IN_GENERAL, result.pooled)), style="bold"))
    parts += map(Text, asked_words(asked))
    for model, found in result.findings.items():
        parts.append(Text())
        if len(result.findings) > 1:
            parts += [Text(model, style="bold underline"), Text()]
        parts += [view(found.tables), *([Text(halves)] if (halves := halves_words(found)) else []), Text()]
        if found.others:
            parts.append(Text(f"asked, too; corrected for: {asked.study.corrected_for}"))
            parts += [Text(f"- {answer_words(one)}") for one in found.others]
        parts += [Text(f"note: {line}", style="dim") for line in found.caveats]
    parts += [Text(f"note: {line}", style="dim") for line in result.remarks]
    return Group(*parts, Text())
