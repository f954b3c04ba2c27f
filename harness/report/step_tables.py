"""Tables of scores on the way: each arm after steps 1, 2, 4, 8, ... of the phase that a target is scored after."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from harness.documents.parts import Table, row_of
from harness.report.footnotes import signs_of
from harness.results.comparison import compare
from harness.results.further import STEP
from harness.results.scores import Scores
from harness.results.words import number


def step_tables(scores: Scores) -> Iterator[Table]:
    """One table per target and metric: means over languages and seeds, by step, and of the checkpoint that is kept."""
    clean = scores.where(lambda row: row["clean"] or (STEP in row and not row["perturbation"]))
    for (task, metric), group in clean.groups("task", "metric").items():
        steps = sorted({row[STEP] for row in group.rows if STEP in row})
        if steps:
            first = group.rows[0]
            rows = [
                row_of(str(arm), *(mean(_at(own, step)) for step in (*steps, None)), signs_of(own.rows))
                for (arm,), own in group.groups("arm").items()
            ]
            title = f"{task}: {metric}, {first['unit']}, by step; means over languages"
            yield Table(title, ("arm", *map(str, steps), "kept", ""), tuple(rows), words=(len(steps) + 2,))


def _at(scores: Scores, step: int | None) -> Scores:
    """Those of a step; None is the checkpoint that is kept."""
    return scores.where(lambda row: row.get(STEP) == step)


def mean(scores: Scores) -> str:
    """The mean over languages and seeds; nothing where one is missing."""
    lines = compare(scores, {}, lambda _: False, on=("language",)) if scores.rows else ()
    values = [line.score.value for line in lines if line.score]
    return number(fmean(values)) if values and len(values) == len(lines) else "-"
