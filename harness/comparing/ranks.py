"""Which of three sides or more is the best: ranks over seeds, from the differences that are found anyway."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.comparing.findings import UNKNOWN_METRIC, TaskFinding
from harness.documents.parts import Cell, Table
from harness.results.words import enumerate_names, number
from harness.statistics.rank_intervals import ranks_over_seeds
from harness.statistics.rank_probabilities import rank_probabilities
from harness.statistics.refusal import CannotConclude

LEAST = 3
"""Sides, of which two are what a comparison is about already."""
OTHER_SCORES = "the sides have other seeds or languages"


@dataclass(frozen=True, kw_only=True)
class RankedSide:
    """The ranks of one side in one task.

    Attributes:
        side: its name.
        arm: label of its arm.
        score: the mean over seeds and languages.
        best, worst: the ranks that no sure difference excludes, 1 being the best.
        is_best: how probable it is that it is the best with other seeds, 0 to 1; None where that cannot be told.
    """

    side: str
    arm: str
    score: float
    best: int
    worst: int
    is_best: float | None


@dataclass(frozen=True, kw_only=True)
class TaskRanks:
    """The ranks of all sides in one task, over other seeds.

    Attributes:
        left_arm: label of the left side's arm.
        sides: the best score first; none where `why` says why not.
        why: why there are no ranks, or no probabilities; "" otherwise.
    """

    task: str
    metric: str
    left_arm: str
    seeds: tuple[int, ...]
    sides: tuple[RankedSide, ...] = ()
    why: str = ""


def find_ranks(left: str, tasks: Sequence[TaskFinding]) -> tuple[TaskRanks, ...]:
    """The ranks of a side and of those it is compared with, where these are two or more and seeds were asked about.

    Args:
        left: name of the side that all are compared with.
        tasks: findings; differences are left minus right.
    """
    boards: dict[tuple[str, str, str], list[TaskFinding]] = {}
    for task in tasks:
        if task.question == "seeds":
            boards.setdefault((task.of.left_arm, task.task, task.metric), []).append(task)
    return tuple(_ranks(left, board) for board in boards.values() if len(board) >= LEAST - 1)


def _ranks(left: str, board: Sequence[TaskFinding]) -> TaskRanks:
    first = board[0]
    told = functools.partial(
        TaskRanks, task=first.task, metric=first.metric, left_arm=first.of.left_arm, seeds=first.seeds
    )
    of = {(task.seeds, tuple(one.language for one in task.languages)) for task in board}
    if len(of) > 1:
        return told(why=OTHER_SCORES)
    if first.higher_is_better is None:
        return told(why=UNKNOWN_METRIC)
    sign = 1 if first.higher_is_better else -1
    # Ranks are the same if what a seed gives on the left is taken from all that it gives.
    relative = [[0.0] * len(first.seeds), *([-sign * task.found.by_seed[s] for s in task.seeds] for task in board)]
    names = [(left, first.of.left_arm, first.found.left)]
    names += [(task.of.side, task.of.right_arm, task.found.right) for task in board]
    intervals = ranks_over_seeds(relative)
    why = ""
    probable: list[float | None] = [None] * len(names)
    try:
        probable = [of_ranks[0] for of_ranks in rank_probabilities(relative)]
    except CannotConclude as error:
        why = str(error)
    sides = [
        RankedSide(side=side, arm=arm, score=score, best=found.best, worst=found.worst, is_best=p)
        for (side, arm, score), found, p in zip(names, intervals, probable, strict=True)
    ]
    return told(sides=tuple(sorted(sides, key=lambda one: -sign * one.score)), why=why)


def rank_tables(ranks: Sequence[TaskRanks]) -> list[Table]:
    """One table with all sides of each task; none where nothing is ranked."""
    arms = len({of.left_arm for of in ranks}) > 1
    rows = []
    for of in ranks:
        for one in of.sides:
            name = f"{one.side}, arm {one.arm}" if arms else one.side
            between = f"{one.best}" if one.best == one.worst else f"{one.best} to {one.worst}"
            texts = (of.task, name, number(one.score), between, _percent(one.is_best))
            rows.append(tuple(Cell(text=text) for text in texts))
    return [Table("Ranks", ("task", "side", "score", "ranks", "best"), tuple(rows), words=(1,))] if rows else []


def rank_notes(ranks: Sequence[TaskRanks]) -> Iterator[str]:
    """What ranks mean, and which are not told."""
    if any(of.sides for of in ranks):
        yield (
            "ranks: those that no sure difference excludes: paired t tests of all pairs of a task, corrected by Holm; "
            "best: how probable it is that a side is the best with other seeds (Student's t, corrected for nothing)."
        )
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for of in ranks:
        if of.why:
            reasons.setdefault(("probabilities" if of.sides else "ranks", of.why), {})[of.task] = None
    for (what, why), names in reasons.items():
        yield f"no {what} of {enumerate_names(list(names))}: {why}"


def _percent(share: float | None) -> str:
    if share is None:
        return "-"
    if 0.005 <= share < 0.995:
        return f"{100 * share:.0f} %"
    return "<1 %" if share < 0.5 else ">99 %"
