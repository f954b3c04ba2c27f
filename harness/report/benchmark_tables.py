"""What a run's scores come to over its targets, as tables: a benchmark's means, average gains, the best per target."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.markup import escape
from rich.text import Text

from harness.benchmarks.aggregate import Aggregates, aggregates
from harness.benchmarks.definition import Benchmark, benchmark, suffix_of
from harness.benchmarks.gains import (
    AverageGain,
    BestPerTarget,
    average_gains,
    best_per_target,
    not_in_percent,
    values_of,
)
from harness.report.target_tables import cannot_tell_note, new_table, shown
from harness.results.comparison import Mean
from harness.results.scores import Row, Scores
from harness.results.words import NONE, number, row_arms

if TYPE_CHECKING:
    from harness.registry import Registry

SEVERAL = 2
"""Targets, or arms, from which on there is something to average or to choose from."""

ARMS_IN_TABLE = 4


def report(scores: Scores, registry: Registry) -> list[RenderableType]:
    """The tables of a run; none where it has no two tasks of a benchmark and nothing to choose from.

    Args:
        scores: all of the run on clean rows.
    """
    rows = scores.rows
    headings = row_arms(rows)
    seeds = len({row["seed"] for row in rows})
    parts = [part for name in _benchmarks(rows, registry) for part in _means(rows, benchmark(name, registry), headings)]
    compared = {row["arm"] for row in rows if row["against"] in headings}
    if len(compared) >= SEVERAL and len({row["task"] for row in rows}) >= SEVERAL:
        parts += _average_gains(average_gains(scores, registry), headings, seeds)
        references = {row["against"] for row in rows if row["arm"] in compared}
        trained = any(row["arm"] in references and row["mode"] != NONE for row in rows)
        reference = "against" if trained else "baseline"
        parts += _best(best_per_target(scores, registry), headings, seeds, reference)
        if others := not_in_percent(scores, registry):
            parts += [Text(f"Left out of these means, not in percent: {', '.join(others)}", style="dim"), Text()]
    return parts


def _benchmarks(rows: Sequence[Row], registry: Registry) -> list[str]:
    """Those of which the run has all tasks; else the one of which it has most, if several."""
    targets = {row["task"] for row in rows}
    source = rows[0]["source"]
    if source not in registry.sources:
        return []
    tasks = {name: set(registry.suites[name].tasks) for name in registry.data["benchmarks"]}
    full = [name for name in tasks if tasks[name] <= targets]
    most = max(tasks, key=lambda name: len(tasks[name] & targets))
    if not full and len(tasks[most] & targets) >= SEVERAL:
        full = [most]
    return [name + suffix_of(source, registry) for name in full]


def _means(rows: Sequence[Row], of: Benchmark, headings: Mapping[str, str]) -> Iterator[RenderableType]:
    """The benchmark's means after each arm, a few arms a table."""
    by_arm = {
        arm: aggregates(values_of([row for row in rows if row["arm"] == arm], of), of, partial=True) for arm in headings
    }
    if not any(found.tasks for found in by_arm.values()):
        return
    seeds = len({row["seed"] for row in rows})
    title = f"{of.name}: task scores as the benchmark averages them, percent"
    yield Text(title + (f", mean of {seeds} seeds" if seeds > 1 else ""), style="bold")
    for base, arms in _beside(rows):
        heading = "baseline" if base == NONE else headings.get(base or "", "")
        for start in range(0, max(1, len(arms)), ARMS_IN_TABLE):
            some = [_Column(headings[arm], by_arm[arm]) for arm in arms[start : start + ARMS_IN_TABLE]]
            first = _Column(heading if arms else "score", by_arm[base]) if base else None
            yield _means_table(of, first, some)
            yield Text()


def _beside(rows: Sequence[Row]) -> Iterator[tuple[str | None, list[str]]]:
    """Each arm that others are compared with, and these; at last those that are compared with none."""
    against = {row["arm"]: row["against"] for row in rows}
    baselines = [arm for arm in against if arm in against.values()]
    for base in baselines:
        yield base, [arm for arm in against if against[arm] == base]
    alone = [arm for arm in against if arm not in baselines and against[arm] not in baselines]
    if alone:
        yield (NONE, []) if alone == [NONE] else (None, alone)


@dataclass(frozen=True)
class _Column:
    """An arm's means under its heading."""

    heading: str
    means: Aggregates


def _means_table(of: Benchmark, baseline: _Column | None, arms: Sequence[_Column]) -> RenderableType:
    """A table of some arms beside the one they are compared with."""
    table = new_table()
    table.add_column("", no_wrap=True)
    base = _lines(of, baseline.means) if baseline else {}
    if baseline:
        table.add_column(escape(baseline.heading), justify="right", no_wrap=True)
    for arm in arms:
        table.add_column(escape(arm.heading), justify="right")
    table.add_column("mean over", justify="right", no_wrap=True)
    columns = [_lines(of, arm.means) for arm in arms]
    for section in _sections(of):
        for name, unit in section.items():
            lines = [*([base.get(name)] if baseline else []), *(column.get(name) for column in columns)]
            means = [line.mean for line in lines if line]
            if means:
                n = max(mean.n for mean in means)
                cells = [_cell(line, base.get(name), n) for line in lines]
                table.add_row(name, *cells, f"{n}/{means[0].of} {unit}")
        table.add_section()
    return table


def _sections(of: Benchmark) -> tuple[dict[str, str], ...]:
    """The table's lines with the unit of what each is a mean over: tasks, groups, overall."""
    return dict.fromkeys(of.tasks, "languages"), dict.fromkeys(of.groups, "tasks"), {"overall": "tasks"}


@dataclass(frozen=True)
class _Line:
    """A mean and the names of what it is a mean over."""

    mean: Mean
    over: frozenset[str]


def _lines(of: Benchmark, found: Aggregates) -> dict[str, _Line]:
    """The means by the table's line; groups only with all their tasks."""
    lines = {name: _Line(task.score, frozenset(task.by_language)) for name, task in found.tasks.items()}
    complete = frozenset(name for name, task in found.tasks.items() if task.score.n == task.score.of)
    for name, mean in found.groups.items():
        if mean.n == mean.of:
            lines[name] = _Line(mean, frozenset(of.groups[name]))
    if found.overall is not None:
        lines["overall"] = _Line(found.overall, complete)
    return lines


def _cell(line: _Line | None, baseline: _Line | None, n: int) -> str:
    """A mean; its gain, where the baseline is a mean over the same; and over how many, where not over `n`."""
    if line is None:
        return "-"
    text = number(line.mean.value)
    if baseline and baseline is not line and baseline.over == line.over:
        text += f" {number(line.mean.value - baseline.mean.value, signed=True)}"
    return text if line.mean.n == n else f"{text} ({line.mean.n}/{line.mean.of})"


def _average_gains(found: Sequence[AverageGain], headings: Mapping[str, str], seeds: int) -> Iterator[RenderableType]:
    yield Text("Average gain over targets, the best first", style="bold")
    table = new_table()
    table.add_column("intermediate")
    for column in ("average gain", "targets"):
        table.add_column(column, justify="right")
    for line in sorted(found, key=lambda line: -line.gain.value if line.gain else math.inf):
        table.add_row(escape(headings[line.arm]), shown(line.gain, seeds, signed=True), f"{line.n}/{line.of}")
    yield table
    yield from map(Text, cannot_tell_note(line.gain for line in found if line.gain))
    yield Text()


def _best(found: BestPerTarget, headings: Mapping[str, str], seeds: int, reference: str) -> Iterator[RenderableType]:
    """Nothing where no target has development scores.

    Args:
        reference: what single tables call the scores that gains are against.
    """
    if not found.lines:
        return
    yield Text("Best intermediate task of each target, chosen on its development rows", style="bold")
    table = new_table()
    table.add_column("target", no_wrap=True)
    table.add_column("intermediate")
    for column in ("development", reference, "score", "gain"):
        table.add_column(column, justify="right")
    for line in found.lines:
        table.add_row(
            escape(line.target),
            escape(headings[line.arm]) + ("*" if line.tied else ""),
            number(line.development_score),
            *(number(estimate.value) if estimate else "-" for estimate in (line.baseline, line.score)),
            shown(line.gain, seeds, signed=True),
        )
    table.add_section()
    table.add_row("average gain", f"{found.n}/{found.of} targets", "", "", "", shown(found.gain, seeds, signed=True))
    yield table
    yield from map(Text, cannot_tell_note(filter(None, [*(line.gain for line in found.lines), found.gain])))
    for line in found.lines:
        if line.tied:
            tied = ", ".join(headings[arm] for arm in line.tied)
            yield Text(f"*  {line.target}: {tied} equal on the development rows; the first is taken", style="dim")
    if found.left_out:
        yield Text(f"Left out, without development rows to choose by: {', '.join(found.left_out)}", style="dim")
    yield Text()
