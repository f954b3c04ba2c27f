"""What is kept and what is lost when tasks are trained one after the other: from scores after every stage.

All take scores R of shape (stages, tasks): R[k, j] is the score of task j after stage k, nan where it has none, such as
before the task is trained. `learned[j]` is the stage that trains task j, by default stage j. Scores of one language or
means over several, of one seed: intervals are made over the seeds' results (`intervals`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.parts import Floats
from harness.statistics.refusal import CannotConclude


@dataclass(frozen=True, kw_only=True)
class Omega:
    """The measures of Kemker et al. 2018 (arXiv 1708.02072).

    Attributes:
        base: how much of the first stage's tasks is kept, as a share of the ideal; 1 where nothing is lost.
        new: how well tasks are learned when it is their turn, in the unit of the scores.
        all: how well all tasks so far are done, as a share of the ideal.
    """

    base: float
    new: float
    all: float


def backward_transfer(scores: ArrayLike, learned: Sequence[int] | None = None) -> float:
    """What later stages do to earlier tasks: below 0 where these are forgotten (Lopez-Paz and Ranzato 2017).

    BWT = mean over tasks j with learned[j] < last of (R[last, j] - R[learned[j], j]); arXiv 1706.08840, where each
    stage trains one task.

    Args:
        scores: (stages, tasks), the higher the better.
        learned: of each task, the stage that trains it, counted from 0.

    Returns:
        In the unit of the scores.

    Raises:
        CannotConclude: no stage comes after the first, every task is trained in the last one, or a score is missing.
        ValueError: what is given does not fit together.
    """
    found, at = _matrix(scores, learned)
    last = len(found) - 1
    earlier = _tasks_before(at, last)
    return _mean(_score(found, last, task) - _score(found, at[task], task) for task in earlier)


def forgetting(scores: ArrayLike, learned: Sequence[int] | None = None) -> float:
    """How far tasks are below their best at the end: above 0 where something was forgotten (Chaudhry et al. 2018).

    F = mean over tasks j with learned[j] < last of (max over stages l < last of R[l, j], minus R[last, j]); arXiv
    1801.10112. Unlike `backward_transfer` it counts what was gained and lost again. It is the larger the
    more stages there are, even where scores only scatter: a maximum is above a mean.

    Args, units and errors are those of `backward_transfer`.
    """
    found, at = _matrix(scores, learned)
    last = len(found) - 1
    return _mean(
        max(_score(found, stage, task) for stage in _scored_stages(found, at, task, last)) - _score(found, last, task)
        for task in _tasks_before(at, last)
    )


def omega(scores: ArrayLike, ideal: Sequence[float], learned: Sequence[int] | None = None) -> Omega:
    """How much is kept, learned, and done in all, over the stages after the first (Kemker et al. 2018).

    Of each stage k > 0: base = mean of R[k, j] over tasks of the first stage, over the mean of their ideals;
    new = mean of R[k, j] over tasks that stage k trains; all = mean of R[k, j] over tasks trained so far, over the mean
    of their ideals. Each is averaged over the stages (`new` over those that train a task). The paper has one ideal for
    all tasks, with which this is the same.

    Args:
        scores: as of `backward_transfer`.
        ideal: of each task, the score of a model that is trained on it alone, or on all at once.
        learned: as of `backward_transfer`.

    Raises:
        CannotConclude: no stage comes after the first, no task is trained in it or none after it, an ideal is not
            above 0, or a score is missing.
        ValueError: what is given does not fit together.
    """
    found, at = _matrix(scores, learned)
    if len(ideal) != len(at):
        raise ValueError(f"{len(ideal)} ideals for {len(at)} tasks")
    for task, best in enumerate(ideal):
        if not (math.isfinite(best) and best > 0):
            raise CannotConclude(f"shares of an ideal need one above 0, and that of task {task + 1} is {best:g}")
    first = [task for task, stage in enumerate(at) if stage == 0]
    if not first or len(first) == len(at):
        raise CannotConclude("this needs tasks that the first stage trains, and others that later ones do")
    base, new, everything = [], [], []
    for stage in range(1, len(found)):
        so_far = [task for task, when in enumerate(at) if when <= stage]
        now = [task for task, when in enumerate(at) if when == stage]
        base.append(_share(found, stage, first, ideal))
        everything.append(_share(found, stage, so_far, ideal))
        new += [_mean(_score(found, stage, task) for task in now)] if now else []
    return Omega(base=_mean(base), new=_mean(new), all=_mean(everything))


def _share(scores: Floats, stage: int, tasks: Sequence[int], ideal: Sequence[float]) -> float:
    return _mean(_score(scores, stage, task) for task in tasks) / _mean(ideal[task] for task in tasks)


def _matrix(scores: ArrayLike, learned: Sequence[int] | None) -> tuple[Floats, list[int]]:
    """Scores (stages, tasks), and the stage that trains each task."""
    found = np.asarray(scores, dtype=np.float64)
    if found.ndim != 2:
        raise ValueError(f"scores are of shape (stages, tasks), not {found.shape}")
    stages, tasks = found.shape
    if learned is None and stages != tasks:
        raise ValueError(f"{stages} stages and {tasks} tasks: say with `learned` which stage trains which task")
    at = list(range(tasks)) if learned is None else list(learned)
    if len(at) != tasks or not all(0 <= stage < stages for stage in at):
        raise ValueError(f"`learned` names one of {stages} stages for each of {tasks} tasks, not {at}")
    if stages < 2:
        raise CannotConclude("this needs two stages or more, since something must come after the first")
    return found, at


def _tasks_before(learned: Sequence[int], last: int) -> list[int]:
    """Tasks that something was trained after."""
    found = [task for task, stage in enumerate(learned) if stage < last]
    if not found:
        raise CannotConclude("all tasks are trained in the last stage, so nothing comes after any of them")
    return found


def _scored_stages(scores: Floats, learned: Sequence[int], task: int, last: int) -> list[int]:
    """Stages before the last from which a task is scored: all from the one that trains it, and others that have one."""
    return [stage for stage in range(last) if stage >= learned[task] or np.isfinite(scores[stage, task])]


def _score(scores: Floats, stage: int, task: int) -> float:
    value = float(scores[stage, task])
    if not math.isfinite(value):
        raise CannotConclude(f"task {task + 1} has no score after stage {stage + 1}")
    return value


def _mean(values: Iterable[float]) -> float:
    return fmean(values)
