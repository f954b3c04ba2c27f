"""The tables of a run's targets: baseline, score and gain in each language, and the transfer gap."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.arms import NONE
from harness.documents.parts import Cell, Paragraph, Part, Table, row_of
from harness.errors import counted
from harness.report.footnotes import failures, mark_notes
from harness.report.known import known_line, looked_at
from harness.results.comparison import Comparison, Estimate, Line, Mean
from harness.results.marks import signs
from harness.results.mean_rows import MeanRow, mean_rows
from harness.results.scores import Row, same_predictions
from harness.results.settings_choice import BestSettings
from harness.results.words import (
    ArmName,
    diagnostic_line,
    enumerate_names,
    number,
    overlap_lines,
    short_arms,
    without_training,
)

CANNOT_TELL = "[?]"
"""Stands where an interval over seeds would."""


def target_tables(comparisons: Sequence[Comparison]) -> list[Table]:
    """A table per target and arm, with a line a language; then one per target with all arms, where they are several."""
    names = _names(comparisons)
    tables = [_table(comparison, names) for comparison in comparisons]
    for arms in _by_target(comparisons):
        absent = _absent(arms, comparisons, names)
        if len(arms) > 1 or absent:
            tables.append(_overview(arms, absent, names))
    return tables


def target_notes(
    comparisons: Sequence[Comparison], rows: Sequence[Row], settings: Iterable[BestSettings] = ()
) -> list[Paragraph]:
    """What is to be known of these tables: the best settings, what marks mean, overlaps and failures."""
    names = _names(comparisons)
    lacking = [
        f"{arms[0].task} has no arm {arm}: it trains on no rows of its own"
        for arms in _by_target(comparisons)
        for arm in _absent(arms, comparisons, names)
    ]
    parts = [Paragraph(text) for text in (*lacking, *_the_same(rows), *map(_best_settings, settings))]
    marks = {mark for comparison in comparisons for line in comparison.lines for mark in line.marks}
    parts += mark_notes(marks)
    parts += map(Paragraph, [*_interval_notes(comparisons), *dict.fromkeys(overlap_lines(rows))])
    return [*parts, *failures(rows)]


def _the_same(rows: Sequence[Row]) -> Iterator[str]:
    """Arms whose scores of a target are those of what they are compared with, by the same predictions."""
    found: dict[tuple[str, str], dict[tuple[str, int, str], Row]] = {}
    for row in rows:
        found.setdefault((row["task"], row["arm"]), {})[row["language"], row["seed"], row["metric"]] = row
    for (task, arm), own in found.items():
        against = next(iter(own.values()))["against"]
        others = found.get((task, against), {})
        if others and all(place in others and same_predictions(row, others[place]) for place, row in own.items()):
            yield f"{task} is the same after {arm} and {against}, by the same predictions: its gain is 0, not about 0"


def _by_target(comparisons: Sequence[Comparison]) -> list[list[Comparison]]:
    """The arms of each target and metric."""
    found: dict[tuple[str, str], list[Comparison]] = {}
    for one in comparisons:
        found.setdefault((one.task, one.metric), []).append(one)
    return list(found.values())


def perturbed_tables(comparisons: Sequence[Comparison], rows: Sequence[Row]) -> list[Part]:
    """A table per target, arm and perturbation: clean scores, perturbed ones, and the change."""
    names = _names(comparisons)
    parts: list[Part] = [_table(comparison, names, known=False) for comparison in comparisons]
    unchanged: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        if row["status"] == "ok" and not row["n_changed"]:
            unchanged.setdefault((row["perturbation"], row["task"]), {})[row["language"]] = None
    diagnostic: dict[str, dict[str, None]] = {}
    for row in rows:
        if row["diagnostic"]:
            diagnostic.setdefault(row["perturbation"], {})[row["task"]] = None
    if diagnostic:
        parts.append(Paragraph(diagnostic_line({condition: list(tasks) for condition, tasks in diagnostic.items()})))
    for (perturbation, task), languages in unchanged.items():
        parts.append(Paragraph(f"{perturbation} changes no row of {task} in {', '.join(languages)}"))
    return [*parts, *failures(rows)]


def _table(comparison: Comparison, names: Mapping[str, str], *, known: bool = True) -> Table:
    """One target after one arm.

    Args:
        known: say how well its mean is known.
    """
    with_baseline = any(line.baseline for line in comparison.lines)
    columns = _columns(with_baseline)
    rows = [tuple(_cells(line, len(comparison.seeds), with_baseline)) for line in comparison.lines]
    means = [(Cell(text=name), *_mean_cells(mean, with_baseline)) for name, mean in mean_rows(comparison).items()]
    return Table(
        _title(comparison, names),
        ("language", *(_headed(column, comparison) for column in columns), "n", ""),
        (*rows, *means),
        words=(len(columns) + 2,),
        whole=(len(columns) + 1, len(columns) + 2),
        rules=(len(rows),) if means else (),
        notes=tuple(known_line(comparison)) if known else (),
    )


def _columns(with_baseline: bool) -> tuple[str, ...]:
    return ("baseline", "score", "gain") if with_baseline else ("score",)


def _headed(column: str, comparison: Comparison) -> str:
    """The head of a column."""
    if comparison.perturbation:
        return {"baseline": "clean", "score": comparison.perturbation, "gain": "change"}[column]
    if column == "baseline" and comparison.baseline_mode != NONE:
        return "against"
    return column


def _cells(line: Line, seeds: int, with_baseline: bool) -> Iterator[Cell]:
    yield Cell(text=line.language)
    for column in _columns(with_baseline):
        yield estimate_cell(getattr(line, column), seeds, signed=column == "gain")
    yield Cell(text=str(line.n))
    yield Cell(text=signs(line.marks))


def _mean_cells(mean: MeanRow, with_baseline: bool) -> Iterator[Cell]:
    """A mean of each column and the languages of the score's, n/N; a mean over others shows its own n/N."""
    score = mean("score")
    for column in _columns(with_baseline):
        value = mean(column)
        own = f"{value.n}/{value.of}" if value and (score is None or value.n != score.n) else ""
        yield mean_cell(value, signed=column == "gain", coverage=own)
    yield Cell(text=f"{score.n}/{score.of}" if score else "")
    yield Cell(text="")


def _absent(arms: Sequence[Comparison], everything: Sequence[Comparison], names: Mapping[str, str]) -> list[str]:
    """Arms of other targets that this one cannot have: those with each target's own training task."""
    own = {arm.arm for arm in arms}
    by_target = dict.fromkeys(names[c.arm] for c in everything if c.by_target and c.arm not in own)
    return list(by_target)


def _overview(arms: Sequence[Comparison], absent: Sequence[str], names: Mapping[str, str]) -> Table:
    """All arms of one target, the best mean gain first; then those that it has not."""
    columns = ("intermediate", "mean", "mean without en", "transfer gap", "mean gain", "languages")
    rows: list[tuple[Cell, ...]] = [
        (
            Cell(text=names[arm.arm]),
            mean_cell(arm.mean("score")),
            mean_cell(arm.mean("score", english=False)),
            mean_cell(arm.transfer_gap("score")),
            mean_cell(arm.mean("gain"), signed=True),
            Cell(text=f"{arm.complete}/{len(arm.lines)}"),
        )
        for arm in sorted(arms, key=_rank)
    ]
    rows += [row_of(name, *["-"] * (len(columns) - 1)) for name in absent]
    title = f"{arms[0].task}: {arms[0].metric} by intermediate task, the best mean gain first"
    return Table(title, columns, tuple(rows))


def _rank(arm: Comparison) -> tuple[float, float]:
    """Sorts by mean gain, without gains by mean score, what has neither last."""
    gain, score = arm.mean("gain"), arm.mean("score")
    return (-gain.value if gain else math.inf, -score.value if score else math.inf)


def _names(comparisons: Iterable[Comparison]) -> dict[str, str]:
    """What tables call the arms, by label."""
    return short_arms(dict.fromkeys(ArmName(one.arm, one.text or one.arm, one.mode) for one in comparisons))


def _title(comparison: Comparison, names: Mapping[str, str]) -> str:
    title = f"{comparison.task}: {comparison.metric}, {comparison.unit}"
    against = not comparison.perturbation and comparison.against and comparison.baseline_mode != NONE
    if comparison.mode != NONE:
        title += f", after {names[comparison.arm]}"
    elif against:
        title += f", {names[comparison.arm]}"
    elif comparison.perturbation or comparison.arm != NONE:
        title += f", baseline{without_training(comparison.arm)}"
    if comparison.perturbation:
        title += f", with {comparison.perturbation}"
    elif against:
        title += f", against {comparison.against}"
    if len(comparison.seeds) > 1:
        title += f", {counted(len(comparison.seeds), 'seed')}"
    return title


def _best_settings(found: BestSettings) -> str:
    """Which settings of an arm development rows choose."""
    best = enumerate_names([label.removeprefix(found.arm).removeprefix(", ") for label in found.best])
    are = "is" if len(found.best) == 1 else "are equally"
    return (
        f"{found.task}, arm {found.arm}: of {found.of} settings, {best} {are} best on development rows "
        f"({found.metric} {number(found.score)})"
    )


def estimate_cell(estimate: Estimate | None, seeds: int, *, signed: bool = False) -> Cell:
    """A value with its spread over seeds, if any, and its interval; and how many seeds, where some failed."""
    if estimate is None:
        return Cell(text="-")
    coverage = f"{estimate.seeds}/{seeds} seeds" if estimate.seeds < seeds else ""
    return _with_interval(estimate, signed=signed, coverage=coverage)


def mean_cell(mean: Mean | None, *, signed: bool = False, coverage: str = "") -> Cell:
    """A mean over languages or tasks likewise.

    Args:
        coverage: over how many of them, where that is to be shown.
    """
    return Cell(text="-") if mean is None else _with_interval(mean, signed=signed, coverage=coverage)


def _with_interval(found: Estimate | Mean, *, signed: bool, coverage: str) -> Cell:
    text = number(found.value, signed=signed)
    if found.spread is not None:
        text += f" ± {found.spread:.1f}"
    interval = CANNOT_TELL if found.cannot_tell else ""
    if found.interval is not None:
        low, high = (number(bound, signed=signed) for bound in (found.interval.low, found.interval.high))
        interval = f"[{low},{high}]"
    return Cell(text=text, interval=interval, coverage=coverage)


def _interval_notes(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """What the intervals in the tables are intervals of."""
    seeds = {len(comparison.seeds) > 1 for comparison in comparisons}
    if False in seeds:
        means = any(len(comparison.lines) > 1 for comparison in comparisons)
        gains = any(line.gain for comparison in comparisons for line in comparison.lines)
        parts = ["95 %, these checkpoints on other items like these"]
        parts += ["gains are paired by item"] if gains else []
        parts += ["means over languages draw what is one item in several languages at once"] if means else []
        yield f"Intervals: {'; '.join(parts)}."
    if True in seeds:
        yield "Intervals: 95 %, Student's t: this recipe with other seeds; ± is the standard deviation over seeds."
    yield from cannot_tell_note(_estimates(comparisons))
    yield from looked_at(comparisons)


def cannot_tell_note(estimates: Iterable[Estimate | Mean]) -> Iterator[str]:
    """What stands where an interval would, if anywhere."""
    if any(estimate.cannot_tell for estimate in estimates):
        yield f"{CANNOT_TELL}  so few seeds cannot tell: Student's t would reach beyond what the value can be"


def _estimates(comparisons: Iterable[Comparison]) -> Iterator[Estimate | Mean]:
    """All that a table of comparisons can show an interval of."""
    for comparison in comparisons:
        for column in ("baseline", "score", "gain"):
            lines = [getattr(line, column) for line in comparison.lines]
            means = [mean(column) for mean in mean_rows(comparison).values()]
            yield from filter(None, (*lines, *means))
