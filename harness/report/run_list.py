"""The list of runs as a table: one line each, evaluations and rescored runs below the run that they belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from harness.documents.parts import Table, row_of
from harness.errors import counted
from harness.report.terminal import table_view
from harness.results.listing import ListedRun
from harness.results.runs import DONE
from harness.results.words import number

COLUMNS = ("name", "when (UTC)", "arms", "targets", "model", "state", "scores", "top gain")
SHOWN_NAMES = 3
"""Arms and targets named in a cell."""


def run_list(listed: Sequence[ListedRun]) -> RenderableType:
    """A table of runs, without attempts that a later one stands for."""
    shown = [run for run in listed if not run.shown_by]
    rows = [
        row_of(
            _name(run),
            _when(run),
            _names(run.info.arms, "; "),
            _names(run.info.targets, ", "),
            run.info.model,
            "rescored" if (run.info.command, run.state) == ("rescore", DONE) else run.state,
            _scores(run),
            "-" if run.mean_gain is None else number(run.mean_gain, signed=True),
        )
        for run in shown
    ]
    named = (2, 3, 4)
    table = Table(
        "",
        COLUMNS,
        tuple(rows),
        words=(1, *named, 5),
        whole=(0, 1, 5, 6, 7),
        least={place: len(COLUMNS[place]) for place in named},
        folded=named,
        dense=True,
    )
    notes = [f"gain of {run.name}: without {', '.join(found)}, not in percent" for run, found in _not_averaged(shown)]
    return Group(table_view(table), *map(Text, [*notes, *_earlier(listed)]))


def _earlier(listed: Sequence[ListedRun]) -> Iterator[str]:
    """How many attempts at each run are not shown."""
    counts = Counter(run.shown_by for run in listed if run.shown_by)
    if counts:
        of = ", ".join(f"{name} ({count})" if len(counts) > 1 else name for name, count in counts.items())
        yield f"not shown: {counted(counts.total(), 'earlier attempt')} at {of}; --json has them"


def _not_averaged(listed: Sequence[ListedRun]) -> Iterator[tuple[ListedRun, tuple[str, ...]]]:
    """Runs with the targets that their mean gains leave out."""
    for run in listed:
        if run.info.ending and run.info.ending.not_averaged:
            yield run, run.info.ending.not_averaged


def _name(run: ListedRun) -> str:
    return run.name if run.info.of is None else f"  {run.name}"


def _when(run: ListedRun) -> str:
    try:
        return f"{datetime.fromisoformat(run.info.started):%m-%d %H:%M}"
    except ValueError:
        return "-"


def _names(names: Sequence[str], joint: str) -> str:
    more = [f"{len(names) - SHOWN_NAMES} more"] if len(names) > SHOWN_NAMES else []
    return joint.join([*names[:SHOWN_NAMES], *more]) or "-"


def _scores(run: ListedRun) -> str:
    """Predictions with a score, of those planned where some have none."""
    if run.scored is None:
        return "-"
    return str(run.scored) if run.scored == run.info.planned else f"{run.scored}/{run.info.planned}"
