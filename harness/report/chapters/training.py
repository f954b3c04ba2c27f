"""How training went: curves of the loss, and what was trained on, from the steps that a run wrote down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Any

from harness.documents.figures import Curves, Point, Series
from harness.documents.parts import Illustration, Paragraph, Part, Table, row_of
from harness.errors import counted
from harness.report.loaded import LoadedRun
from harness.results.schema import Phase
from harness.results.steplog import read_steps
from harness.results.words import row_arms

BINS = 48
"""Points of a curve, each the mean of as many steps."""
CURVES = 12
"""Curves of a figure; the first ones of the run."""
PHASES = 200
"""Phases in the table; the first ones of the run."""
ARMS_NAMED = 3
"""Arms of a phase that many have."""
MOMENTS = 4
"""Parts of training that the table beside curves has means of."""
ROLES = {"intermediate": "Loss of intermediate phases", "target": "Loss of target phases"}


@dataclass(frozen=True)
class _Trained:
    """A phase, and what of it this run did.

    Attributes:
        arms: what tables call the arms that it leads to, the first ones of the run first.
    """

    arms: tuple[str, ...]
    phase: Phase
    steps: Sequence[Mapping[str, Any]]

    @property
    def arm(self) -> str:
        """Its arms in few words."""
        more = len(self.arms) - ARMS_NAMED
        return ", ".join((*self.arms[:ARMS_NAMED], *([f"{more} more"] if more > 0 else [])))

    @property
    def tasks(self) -> str:
        """Its tasks in few words."""
        tasks = self.phase.tasks
        return " + ".join(tasks if len(tasks) <= 3 else (*tasks[:3], f"{len(tasks) - 3} more"))

    @property
    def name(self) -> str:
        """By arms, tasks and seed."""
        # An arm that is called by its tasks says them already, and perhaps how they are trained, such as (multitask).
        said = self.arm.partition(" (")[0] == self.tasks
        what = self.arm if said else ": ".join(filter(None, (self.arm, self.tasks)))
        return what if self.phase.seed is None else f"{what}, seed {self.phase.seed}"


def training(run: LoadedRun) -> list[Part]:
    """Curves of the phases that the run trained, then what each phase was trained on."""
    steps: dict[str, list[dict[str, Any]]] = {}
    for step in read_steps(run.directory):
        steps.setdefault(step["digest"], []).append(step)
    phases = {phase.digest: phase for one in run.records.models.values() for phase in one.result.phases}
    arms = _arms(run)
    trained = [_Trained(arms.get(digest, ()), phase, steps.get(digest, [])) for digest, phase in phases.items()]
    parts: list[Part] = []
    for role, title in ROLES.items():
        every = [one for one in trained if one.phase.phase == role]
        if own := [one for one in every if one.steps]:
            parts += _curves(title, own, len(every))
    if trained:
        parts.append(_mix(trained[:PHASES]))
    if len(trained) > PHASES:
        parts.append(Paragraph(f"The first {PHASES} of {len(trained):,} phases are shown."))
    return parts


def _arms(run: LoadedRun) -> dict[str, tuple[str, ...]]:
    """What tables call the arms whose scores a phase led to, by its digest."""
    names = row_arms(run.scores.rows)
    of_model: dict[str, dict[str, None]] = {}
    for record in run.records.scores:
        of_model.setdefault(record.result.model, {})[str(record.result.at["arm"])] = None
    found: dict[str, dict[str, None]] = {}
    for one in run.records.models.values():
        for phase in one.result.phases:
            found.setdefault(phase.digest, {}).update(of_model.get(one.result.digest, {}))
    return {digest: tuple(names.get(label, label) for label in labels) for digest, labels in found.items()}


def _curves(title: str, phases: Sequence[_Trained], every: int) -> list[Part]:
    """A figure with its table, and what it does not show.

    Args:
        phases: that have steps.
        every: how many there are with those that have none.
    """
    shown = phases[:CURVES]
    names = Counter(one.name for one in shown)
    series, rows = [], []
    for one in shown:
        alike = f" ({one.phase.digest[:6]})" if names[one.name] > 1 else ""
        series.append(Series(name=f"{one.name}{alike}", points=tuple(_binned(one.steps))))
        ends = [round(place * len(one.steps) / MOMENTS) for place in range(MOMENTS + 1)]
        means = [fmean(step["loss"] for step in one.steps[a:b]) if b > a else None for a, b in pairwise(ends)]
        texts = ("-" if mean is None else f"{mean:.3f}" for mean in means)
        rows.append(row_of(one.name, one.phase.digest[:8], *texts))
    percent = [100 * place // MOMENTS for place in range(MOMENTS + 1)]
    columns = ("phase", "digest", *(f"{start} to {end} %" for start, end in pairwise(percent)))
    table = Table(f"{title}, mean by part of the steps", columns, tuple(rows), words=(1,))
    figure = Curves(title=title, x="step", y="loss", series=tuple(series))
    parts: list[Part] = [Illustration(figure, table)]
    if len(phases) > len(shown):
        parts.append(Paragraph(f"The first {len(shown)} of {len(phases)} are shown; steps.jsonl has all."))
    if every > len(phases):
        parts.append(
            Paragraph(
                f"{len(phases)} of {counted(every, 'phase')} were trained by this run; the others, which it took from "
                "the store, have no curve: it has no steps of them."
            )
        )
    return parts


def _binned(steps: Sequence[Mapping[str, Any]]) -> list[Point]:
    """Means of neighbouring steps, few enough to draw."""
    size = max(1, -(-len(steps) // BINS))
    found = []
    for start in range(0, len(steps), size):
        own = steps[start : start + size]
        found.append(Point(x=fmean(step["step"] for step in own), y=fmean(step["loss"] for step in own)))
    return found


def _mix(trained: Sequence[_Trained]) -> Table:
    """What each phase was trained on: steps and their share by task, rows, and the checkpoint that was kept."""
    rows = []
    for one in trained:
        phase = one.phase
        kept = f"{phase.kept_step} of {phase.steps}"
        score = "" if phase.development_score is None else f"{phase.development_score:.1f} {phase.development_metric}"
        seen = sum(phase.rows.values())
        rows.append(
            (
                *row_of(one.arm or "-", "-" if phase.seed is None else str(phase.seed), phase.digest[:8], phase.phase),
                *row_of(_shares(one), f"{seen:,}" if seen else "-", kept),
                *row_of(phase.selection, score or "-", "here" if one.steps else "earlier"),
            )
        )
    columns = ("arm", "seed", "digest", "phase", "tasks", "rows", "kept step", "kept by", "development", "trained")
    reused = sum(not one.steps for one in trained)
    note = f"Trained by an earlier run or attempt, and taken from the store: {counted(reused, 'phase')}."
    return Table("Training phases", columns, tuple(rows), words=(2, 3, 4, 7, 8, 9), notes=(note,) if reused else ())


def _shares(one: _Trained) -> str:
    """The tasks of a phase, with the share of its steps where they are several and these are known."""
    if len(one.phase.tasks) < 2 or not one.steps:
        return ", ".join(one.phase.tasks)
    shares = [(task, sum(step["task"] == task for step in one.steps) / len(one.steps)) for task in one.phase.tasks]
    return ", ".join(f"{task} {100 * share:.0f} %" for task, share in shares)
