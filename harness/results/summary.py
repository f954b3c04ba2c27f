"""The summary of a run as tables: target by language, baseline, score, gain, transfer gap."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.errors import counted
from harness.results.comparison import BASELINE, ENGLISH, Comparison, Estimate, Line, Mean, Row

SHOWN_TASKS = 3
"""Intermediate tasks named in a title."""
SHOWN_FINDINGS = 3
"""Overlaps told of a task with one split, those with the largest share of items."""

SIGNS = {
    "stand-in": "s",
    "limited": "l",
    "overlap": "o",
    "skipped": "k",
    "truncated": "t",
    "unknown": "u",
    "selected": "z",
    "constant": "c",
    "intermediate head": "h",
    "failed": "f",
}
MEANINGS = {
    "stand-in": "s  stand-in rows: not the dataset's official split, not to be reported as its score",
    "limited": "l  limited: only the first rows of each split",
    "overlap": "o  test rows share ids or texts with rows trained or selected on; see below",
    "skipped": "k  some rows could not be read and are not counted in n",
    "truncated": "t  some texts were longer than max_length, or questions than max_query_length, and were cut off",
    "unknown": "u  out of vocabulary: the model does not know more than a tenth of the tokens in this language",
    "selected": "z  not zero-shot: the checkpoint or the baseline's was selected on rows in other languages",
    "constant": "c  score or baseline gave every item the same prediction: nothing was learned, or all was forgotten",
    "intermediate head": "h  scored with the head of the intermediate phase; the baseline trained one of its own",
    "failed": "f  failed; the reason is below and in failures.txt",
}


def render(comparisons: Sequence[Comparison], rows: Sequence[Row]) -> RenderableType:
    """All tables of a run, then what the marks mean, the overlaps and the failures."""
    parts: list[RenderableType] = []
    for comparison in comparisons:
        parts += [Text(_title(comparison), style="bold"), _table(comparison), Text()]
    for task, metric in dict.fromkeys((c.task, c.metric) for c in comparisons):
        arms = [c for c in comparisons if (c.task, c.metric) == (task, metric)]
        absent = _absent(arms, comparisons)
        if len(arms) > 1 or absent:
            title = f"{task}: {metric} by intermediate task, the best mean gain first"
            parts += [Text(title, style="bold"), _overview(arms, absent), Text()]
        parts += [Text(f"{task} has no arm {arm}: it trains on no rows of its own") for arm in absent]
    marks = {mark for comparison in comparisons for line in comparison.lines for mark in line.marks}
    parts += [Text(meaning, style="dim") for mark, meaning in MEANINGS.items() if mark in marks]
    parts += [Text(line) for line in _interval_notes(comparisons)]
    parts += [Text(line) for line in dict.fromkeys(overlap_lines(rows))]
    parts += [_line(line, "red") for line in _failure_lines(rows)]
    return Group(*parts)


def _table(comparison: Comparison) -> Table:
    """One target after one arm."""
    with_baseline = any(line.baseline for line in comparison.lines)
    table = new_table()
    table.add_column("language", no_wrap=True)
    for column in _columns(with_baseline):
        table.add_column(column, justify="right")
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for line in comparison.lines:
        table.add_row(*_cells(line, len(comparison.seeds), with_baseline))
    if len(comparison.lines) > 1:
        table.add_section()
        for row in _mean_rows(comparison, with_baseline):
            table.add_row(*row)
    return table


def new_table() -> Table:
    """A table without title, which would be broken at the table's width."""
    return Table(box=box.SIMPLE, pad_edge=False, collapse_padding=True)


def _columns(with_baseline: bool) -> tuple[str, ...]:
    return ("baseline", "score", "gain") if with_baseline else ("score",)


def _cells(line: Line, seeds: int, with_baseline: bool) -> Iterator[str]:
    yield escape(line.language)
    for column in _columns(with_baseline):
        yield shown(getattr(line, column), seeds, signed=column == "gain")
    yield str(line.n)
    yield "".join(sign for mark, sign in SIGNS.items() if mark in line.marks)


def _mean_rows(comparison: Comparison, with_baseline: bool) -> Iterator[list[str]]:
    """Means over all languages and over the others than English, and the transfer gap."""
    yield ["mean", *_mean_cells(comparison.mean, with_baseline)]
    if any(line.language == ENGLISH for line in comparison.lines):
        yield ["mean without en", *_mean_cells(partial(comparison.mean, english=False), with_baseline)]
        yield ["transfer gap", *_mean_cells(comparison.transfer_gap, with_baseline)]


def _mean_cells(mean: Callable[[str], Mean | None], with_baseline: bool) -> Iterator[str]:
    """A mean of each column and the languages of the score's, n/N; a mean over others shows its own n/N."""
    score = mean("score")
    for column in _columns(with_baseline):
        value = mean(column)
        own = f" ({value.n}/{value.of})" if value and (score is None or value.n != score.n) else ""
        yield _mean(value, signed=column == "gain") + own
    yield f"{score.n}/{score.of}" if score else ""
    yield ""


def _absent(arms: Sequence[Comparison], everything: Sequence[Comparison]) -> list[str]:
    """Arms of other targets that this one cannot have: those with each target's own training task."""
    own = {arm.arm for arm in arms}
    by_target = dict.fromkeys(short_arm(c.arm, c.mode) for c in everything if c.by_target and c.arm not in own)
    return list(by_target)


def _overview(arms: Sequence[Comparison], absent: Sequence[str]) -> Table:
    """All arms of one target, the best mean gain first; then those that it has not."""
    table = new_table()
    table.add_column("intermediate")
    for column in ("mean", "mean without en", "transfer gap", "mean gain", "languages"):
        table.add_column(column, justify="right")
    for arm in sorted(arms, key=_rank):
        table.add_row(
            escape(short_arm(arm.arm, arm.mode)),
            _mean(arm.mean("score")),
            _mean(arm.mean("score", english=False)),
            _mean(arm.transfer_gap("score")),
            _mean(arm.mean("gain"), signed=True),
            f"{arm.complete}/{len(arm.lines)}",
        )
    for name in absent:
        table.add_row(escape(name), *["-"] * (len(table.columns) - 1))
    return table


def _rank(arm: Comparison) -> tuple[float, float]:
    """Sorts by mean gain, without gains by mean score, what has neither last."""
    gain, score = arm.mean("gain"), arm.mean("score")
    return (-gain.value if gain else math.inf, -score.value if score else math.inf)


def _title(comparison: Comparison) -> str:
    title = f"{comparison.task}: {comparison.metric}, percent"
    if comparison.arm != BASELINE:
        title += f", after {short_arm(comparison.arm, comparison.mode)}"
    if len(comparison.seeds) > 1:
        title += f", {len(comparison.seeds)} seeds"
    return title


def short_arm(arm: str, mode: str) -> str:
    """The arm's tasks, the later ones counted only."""
    joint = " > " if mode == "sequential" else " + "
    names = arm.split(joint)
    first = joint.join(names[:SHOWN_TASKS])
    more = f"{joint}{len(names) - SHOWN_TASKS} more" if len(names) > SHOWN_TASKS else ""
    return f"{first}{more} ({mode})" if len(names) > 1 else first


def shown(estimate: Estimate | None, seeds: int, *, signed: bool = False) -> str:
    """A value with its spread over seeds, if any, and its interval; and how many seeds, where some failed."""
    if estimate is None:
        return "-"
    text = _with_interval(estimate, signed=signed)
    return f"{text} ({estimate.seeds}/{seeds} seeds)" if estimate.seeds < seeds else text


def _mean(mean: Mean | None, *, signed: bool = False) -> str:
    return "-" if mean is None else _with_interval(mean, signed=signed)


def _with_interval(found: Estimate | Mean, *, signed: bool) -> str:
    text = number(found.value, signed=signed)
    if found.spread is not None:
        text += f" ± {found.spread:.1f}"
    if found.interval is not None:
        low, high = (number(bound, signed=signed) for bound in (found.interval.low, found.interval.high))
        # Without a space, so that a narrow table breaks the line before the interval and not within.
        text += f" \\[{low},{high}]"
    return text


def number(value: float, *, signed: bool = False) -> str:
    """A value with one decimal place; with its sign, if it is a gain."""
    # Adding zero takes the sign off what rounds to minus zero.
    value = round(value, 1) + 0.0
    return f"{value:+.1f}" if signed else f"{value:.1f}"


def _interval_notes(comparisons: Iterable[Comparison]) -> Iterator[str]:
    """What the intervals in the tables are intervals of."""
    seeds = {len(comparison.seeds) > 1 for comparison in comparisons}
    if False in seeds:
        yield "Intervals: 95 %, these checkpoints on other items like these; gains are paired by item."
    if True in seeds:
        yield "Intervals: 95 %, Student's t: this recipe with other seeds; ± is the standard deviation over seeds."


def overlap_lines(rows: Iterable[Row]) -> Iterator[str]:
    """What scored rows share with rows trained or selected on, a line a task and split; records have all languages."""
    findings: dict[tuple[str, str], dict[str, _Finding]] = {}
    for row in rows:
        for overlap in json.loads(row["overlap"]):
            pair = row["task"], f"{overlap['task']} {overlap['split']} ({overlap['use']})"
            finding = findings.setdefault(pair, {}).setdefault(_found(overlap), _Finding(_share(overlap)))
            finding.languages[row["language"]] = None
    for (task, place), found in findings.items():
        ranked = sorted(found.items(), key=lambda item: -item[1].share)
        told, languages = ranked[:SHOWN_FINDINGS], {code for _, finding in ranked for code in finding.languages}
        parts = [f"{what} in {', '.join(finding.languages)}" for what, finding in told]
        untold = languages - {code for _, finding in told for code in finding.languages}
        parts += [f"less in {counted(len(untold), 'more language')}"] if untold else []
        yield f"overlap: {task} with {place}: {'; '.join(parts)}"


@dataclass
class _Finding:
    """Languages that have the same in common with one split, and which share of their items the largest count is."""

    share: float
    languages: dict[str, None] = field(default_factory=dict)


def _found(overlap: Mapping[str, Any]) -> str:
    counts = [counted(overlap[name], noun) for name, noun in _NOUNS.items() if overlap[name]]
    shared = [f"{' and '.join(counts)} of {overlap['n']:,}"] if counts else []
    return ", ".join([*shared, *(["the target's own training rows"] if overlap["same_rows"] else [])])


def _share(overlap: Mapping[str, Any]) -> float:
    return math.inf if overlap["same_rows"] else max(overlap[name] for name in _NOUNS) / overlap["n"]


_NOUNS = {"items": "whole item", "texts": "long text", "ids": "id"}


def _failure_lines(rows: Iterable[Row]) -> Iterator[str]:
    """One line a task, arm, seed and reason, with all languages it concerns."""
    failures: dict[tuple[str, str, int, str], dict[str, None]] = {}
    for row in rows:
        if row["status"] == "failed":
            key = (row["task"], row["arm"], row["seed"], row["error"])
            failures.setdefault(key, {})[row["language"]] = None
    for (task, arm, seed, error), languages in failures.items():
        after = "without intermediate tasks" if arm == BASELINE else f"after {arm}"
        yield f"failed: {task} {' '.join(languages)} {after}, seed {seed}: {error}"


def _line(text: str, style: str = "") -> Text:
    """A line that is not broken: it may hold a path or a command to copy."""
    return Text(text, style=style, no_wrap=True, overflow="ignore")
