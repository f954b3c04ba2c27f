"""The summary of a run as tables: target by language, baseline, score, gain, transfer gap."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.results.comparison import BASELINE, Comparison, Estimate, Line, Row

SHOWN_TASKS = 3
"""Intermediate tasks named in a title."""

SIGNS = {"stand-in": "s", "limited": "l", "overlap": "o", "skipped": "k", "failed": "f"}
MEANINGS = {
    "stand-in": "s  stand-in rows: not the dataset's official split, not to be reported as its score",
    "limited": "l  limited: only the first rows of each split",
    "overlap": "o  test rows share ids or texts with rows trained or selected on; see below",
    "skipped": "k  some rows could not be read and are not counted in n",
    "failed": "f  failed; the reason is below and in failures.txt",
}


def render(comparisons: Sequence[Comparison], rows: Sequence[Row]) -> RenderableType:
    """All tables of a run, then what the marks mean, the overlaps and the failures."""
    parts: list[RenderableType] = []
    for comparison in comparisons:
        parts += [_table(comparison), Text()]
    for task, metric in dict.fromkeys((c.task, c.metric) for c in comparisons):
        arms = [c for c in comparisons if (c.task, c.metric) == (task, metric)]
        if len(arms) > 1:
            parts += [_overview(arms), Text()]
    marks = {mark for comparison in comparisons for line in comparison.lines for mark in line.marks}
    parts += [Text(meaning, style="dim") for mark, meaning in MEANINGS.items() if mark in marks]
    parts += [Text(line) for line in _interval_notes(comparisons)]
    parts += [Text(line) for line in dict.fromkeys(_overlap_lines(rows))]
    parts += [Text(line, style="red") for line in dict.fromkeys(_failure_lines(rows))]
    return Group(*parts)


def _table(comparison: Comparison) -> Table:
    """One target after one arm."""
    with_baseline = any(line.baseline for line in comparison.lines)
    table = Table(box=box.SIMPLE, title=_title(comparison), title_justify="left", title_style="bold", pad_edge=False)
    table.add_column("language")
    if with_baseline:
        table.add_column("no intermediate", justify="right")
    table.add_column("score" if comparison.arm == BASELINE else "after intermediate", justify="right")
    if with_baseline:
        table.add_column("gain", justify="right")
    table.add_column("n", justify="right")
    table.add_column("")
    for line in comparison.lines:
        table.add_row(*_cells(line, with_baseline))
    if len(comparison.lines) > 1:
        table.add_section()
        for row in _mean_rows(comparison, with_baseline):
            table.add_row(*row)
    return table


def _cells(line: Line, with_baseline: bool) -> Iterator[str]:
    yield line.language
    if with_baseline:
        yield _shown(line.baseline)
    yield _shown(line.score)
    if with_baseline:
        yield _shown(line.gain, signed=True)
    yield str(line.n)
    yield " ".join(sign for mark, sign in SIGNS.items() if mark in line.marks)


def _mean_rows(comparison: Comparison, with_baseline: bool) -> Iterator[list[str]]:
    """Means over all languages and over the others than English, and the transfer gap."""
    columns = ["baseline", "score", "gain"] if with_baseline else ["score"]
    count = f"{comparison.complete}/{len(comparison.lines)}"
    yield ["mean", *(_number(comparison.mean(c), signed=c == "gain") for c in columns), count, ""]
    others = [line for line in comparison.lines if line.language != "en"]
    if len(others) < len(comparison.lines):
        means = (_number(comparison.mean(c, english=False), signed=c == "gain") for c in columns)
        yield ["mean without en", *means, f"{sum(bool(line.score) for line in others)}/{len(others)}", ""]
        yield ["transfer gap", *(_number(comparison.transfer_gap(c), signed=c == "gain") for c in columns), "", ""]


def _overview(arms: Sequence[Comparison]) -> Table:
    """All arms of one target, the best mean gain first."""
    title = f"{arms[0].task}: {arms[0].metric} by intermediate task"
    table = Table(box=box.SIMPLE, title=title, title_justify="left", title_style="bold", pad_edge=False)
    table.add_column("intermediate")
    for column in ("mean", "mean without en", "transfer gap", "mean gain", "languages"):
        table.add_column(column, justify="right")
    for arm in sorted(arms, key=lambda a: -(a.mean("gain") or a.mean("score") or 0)):
        table.add_row(
            escape(_short_arm(arm)),
            _number(arm.mean("score")),
            _number(arm.mean("score", english=False)),
            _number(arm.transfer_gap("score")),
            _number(arm.mean("gain"), signed=True),
            f"{arm.complete}/{len(arm.lines)}",
        )
    return table


def _title(comparison: Comparison) -> str:
    title = f"{comparison.task}: {comparison.metric}, percent"
    if comparison.arm != BASELINE:
        title += f", after {_short_arm(comparison)}"
    if len(comparison.seeds) > 1:
        title += f", {len(comparison.seeds)} seeds"
    return escape(title)


def _short_arm(comparison: Comparison) -> str:
    """The arm's tasks, the later ones counted only."""
    joint = " > " if comparison.mode == "sequential" else " + "
    names = comparison.arm.split(joint)
    shown = joint.join(names[:SHOWN_TASKS])
    more = f"{joint}{len(names) - SHOWN_TASKS} more" if len(names) > SHOWN_TASKS else ""
    return f"{shown}{more} ({comparison.mode})" if len(names) > 1 else shown


def _shown(estimate: Estimate | None, *, signed: bool = False) -> str:
    """A value with its spread over seeds, if any, and its interval."""
    if estimate is None:
        return "-"
    text = _number(estimate.value, signed=signed)
    if estimate.spread is not None:
        text += f" ± {estimate.spread:.1f}"
    if estimate.interval is not None:
        low, high = (_number(bound, signed=signed) for bound in (estimate.interval.low, estimate.interval.high))
        text += f" \\[{low}, {high}]"
    return text


def _number(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "-"
    return f"{value:+.1f}" if signed else f"{value:.1f}"


def _interval_notes(comparisons: Iterable[Comparison]) -> Iterator[str]:
    """What the intervals in the tables are intervals of."""
    seeds = {len(comparison.seeds) > 1 for comparison in comparisons}
    if False in seeds:
        yield "Intervals: 95 %, these checkpoints on other items like these; gains on the same items (paired)."
    if True in seeds:
        yield "Intervals: 95 %, Student's t: this recipe with other seeds; ± is the standard deviation over seeds."


def _overlap_lines(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        for overlap in json.loads(row["overlap"]):
            place = f"{overlap['task']} {overlap['split']} ({overlap['use']})"
            found = [f"{overlap[name]} {noun}" for name, noun in _NOUNS.items() if overlap[name]]
            own = ["its rows are the target's own training rows"] if overlap["same_rows"] else []
            items = f"{', '.join(found + own)} of {overlap['n']} items"
            yield f"overlap: {row['task']} {row['language']} with {place}: {items}"


_NOUNS = {"items": "whole items", "texts": "long texts", "ids": "ids"}


def _failure_lines(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        if row["status"] == "failed":
            yield f"failed: {row['task']} {row['language']} after {row['arm']}, seed {row['seed']}: {row['error']}"
