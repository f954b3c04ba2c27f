"""What a run's scores come to over its targets, as tables: a benchmark's means, average gains, the best per target."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.arms import NONE
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
from harness.documents.parts import Cell, Paragraph, Part, Table, Tone, row_of
from harness.report.target_tables import cannot_tell_note, estimate_cell
from harness.results.comparison import Mean
from harness.results.scores import Row, Scores
from harness.results.words import number, row_arms

if TYPE_CHECKING:
    from harness.registry import Registry

SEVERAL = 2
"""Targets, or arms, from which on there is something to average or to choose from."""

ARMS_IN_TABLE = 4


def benchmark_tables(scores: Scores, registry: Registry) -> list[Part]:
    """The tables of a run; none where it has no two tasks of a benchmark and nothing to choose from.

    Args:
        scores: all of the run on clean rows.
    """
    rows = scores.rows
    headings = row_arms(rows)
    seeds = len({row["seed"] for row in rows})
    found = [benchmark(name, registry) for name in _benchmarks(rows, registry)]
    parts: list[Part] = [part for one in found for part in _means(rows, one, headings)]
    compared = {row["arm"] for row in rows if row["against"] in headings}
    if len(compared) >= SEVERAL and len({row["task"] for row in rows}) >= SEVERAL:
        parts += _average_gains(average_gains(scores, registry), headings, seeds)
        references = {row["against"] for row in rows if row["arm"] in compared}
        trained = any(row["arm"] in references and row["mode"] != NONE for row in rows)
        reference = "against" if trained else "baseline"
        parts += _best(best_per_target(scores, registry), headings, seeds, reference)
        if others := not_in_percent(scores, registry):
            parts.append(Paragraph(f"Left out of these means, not in percent: {', '.join(others)}", Tone.QUIET))
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


def _means(rows: Sequence[Row], of: Benchmark, headings: Mapping[str, str]) -> Iterator[Table]:
    """The benchmark's means after each arm, a few arms a table."""
    by_arm = {
        arm: aggregates(values_of([row for row in rows if row["arm"] == arm], of), of, partial=True) for arm in headings
    }
    if not any(found.tasks for found in by_arm.values()):
        return
    seeds = len({row["seed"] for row in rows})
    title = f"{of.name}: task scores as the benchmark averages them, percent"
    title += f", mean of {seeds} seeds" if seeds > 1 else ""
    for base, arms in _beside(rows):
        heading = "baseline" if base == NONE else headings.get(base or "", "")
        for start in range(0, max(1, len(arms)), ARMS_IN_TABLE):
            some = [_Column(headings[arm], by_arm[arm]) for arm in arms[start : start + ARMS_IN_TABLE]]
            first = _Column(heading if arms else "score", by_arm[base]) if base else None
            yield _means_table(title, of, first, some)
            title = ""


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


def _means_table(title: str, of: Benchmark, baseline: _Column | None, arms: Sequence[_Column]) -> Table:
    """A table of some arms beside the one they are compared with."""
    base = _lines(of, baseline.means) if baseline else {}
    columns = [_lines(of, arm.means) for arm in arms]
    rows: list[tuple[Cell, ...]] = []
    rules = []
    for section in _sections(of):
        rules.append(len(rows))
        for name, unit in section.items():
            lines = [*([base.get(name)] if baseline else []), *(column.get(name) for column in columns)]
            means = [line.mean for line in lines if line]
            if means:
                n = max(mean.n for mean in means)
                cells = [_cell(line, base.get(name), n) for line in lines]
                rows.append((Cell(text=name), *cells, Cell(text=f"{n}/{means[0].of} {unit}")))
    headings = [*([baseline.heading] if baseline else []), *(arm.heading for arm in arms)]
    return Table(
        title,
        ("", *headings, "mean over"),
        tuple(rows),
        whole=(0, *((1,) if baseline else ()), len(headings) + 1),
        rules=tuple(rules),
    )


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


def _cell(line: _Line | None, baseline: _Line | None, n: int) -> Cell:
    """A mean; its gain, where the baseline is a mean over the same; and over how many, where not over `n`."""
    if line is None:
        return Cell(text="-")
    text = number(line.mean.value)
    if baseline and baseline is not line and baseline.over == line.over:
        text += f" {number(line.mean.value - baseline.mean.value, signed=True)}"
    return Cell(text=text, coverage="" if line.mean.n == n else f"{line.mean.n}/{line.mean.of}")


def _average_gains(found: Sequence[AverageGain], headings: Mapping[str, str], seeds: int) -> Iterator[Table]:
    rows = [
        (
            Cell(text=headings[line.arm]),
            estimate_cell(line.gain, seeds, signed=True),
            Cell(text=f"{line.n}/{line.of}"),
        )
        for line in sorted(found, key=lambda line: -line.gain.value if line.gain else math.inf)
    ]
    yield Table(
        "Average gain over targets in all their languages, the best first",
        ("intermediate", "average gain", "targets"),
        tuple(rows),
        notes=tuple(cannot_tell_note(line.gain for line in found if line.gain)),
    )


def _best(found: BestPerTarget, headings: Mapping[str, str], seeds: int, reference: str) -> Iterator[Table]:
    """Nothing where no target has development scores.

    Args:
        reference: what single tables call the scores that gains are against.
    """
    if not found.lines:
        return
    rows = [
        (
            Cell(text=line.target),
            Cell(text=headings[line.arm] + ("*" if line.tied else "")),
            Cell(text=number(line.development_score)),
            *(Cell(text=number(estimate.value) if estimate else "-") for estimate in (line.baseline, line.score)),
            estimate_cell(line.gain, seeds, signed=True),
        )
        for line in found.lines
    ]
    mean = estimate_cell(found.gain, seeds, signed=True)
    rows.append((*row_of("average gain", f"{found.n}/{found.of} targets", "", "", ""), mean))
    notes = list(cannot_tell_note(filter(None, [*(line.gain for line in found.lines), found.gain])))
    for line in found.lines:
        if line.tied:
            tied = ", ".join(headings[arm] for arm in line.tied)
            notes.append(f"*  {line.target}: {tied} equal on the development rows; the first is taken")
    if found.left_out:
        notes.append(f"Left out, without development rows to choose by: {', '.join(found.left_out)}")
    yield Table(
        "Best intermediate task of each target, chosen on its development rows",
        ("target", "intermediate", "development", reference, "score", "gain"),
        tuple(rows),
        words=(1,),
        whole=(0,),
        rules=(len(found.lines),),
        notes=tuple(notes),
    )
