"""How well a criterion picks among candidates: rank correlations, regret, and how reliable what they are made of is.

Candidates are checkpoints, say; a criterion gives each a number, and an outcome is what a pick is worth. The higher the
better, both: turn a loss round first. Where a criterion ties, each of the tied is as likely to be picked; values that
differ by rounding tie (`levelled`, `tied_with_best`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import fmean

import numpy as np

from harness.statistics.parts import Floats
from harness.statistics.refusal import CannotConclude, finite
from harness.statistics.ties import levelled, tied_with_best

LEAST = 3
"""Candidates of which a correlation is computed; two always lie on a line."""

Correlation = Callable[[Sequence[float], Sequence[float]], float]


def pearson(left: Sequence[float], right: Sequence[float]) -> float:
    """Pearson's correlation, -1 to 1.

    Raises:
        CannotConclude: fewer than three candidates, values that are not finite, or the same value for all candidates.
        ValueError: other numbers of candidates.
    """
    a, b = (side - side.mean() for side in _sides(left, right))
    return float(np.clip((a @ b) / math.sqrt((a @ a) * (b @ b)), -1.0, 1.0))


def spearman(left: Sequence[float], right: Sequence[float]) -> float:
    """Spearman's rank correlation, -1 to 1, where ties have their mean rank; errors are those of `pearson`."""
    a, b = _sides(left, right)
    return pearson(_ranks(a).tolist(), _ranks(b).tolist())


def kendall(left: Sequence[float], right: Sequence[float]) -> float:
    """Kendall's tau-b, -1 to 1: pairs in one order minus pairs in opposite ones, corrected for ties (Kendall 1945).

    Errors are those of `pearson`.
    """
    sides = (np.array(levelled(side.tolist())) for side in _sides(left, right))
    a, b = (np.sign(side[:, None] - side[None, :]) for side in sides)
    return float((a * b).sum() / math.sqrt((a * a).sum() * (b * b).sum()))


def disattenuated(correlation: float, left: float, right: float) -> float:
    """What a correlation would be if both sides were measured without error: r / sqrt(r_left r_right) (Spearman 1904).

    In a sample it may come out above 1: then it is 1 as far as anybody can tell, and the reliabilities are too low.

    Args:
        correlation: of both sides as they were measured.
        left, right: how reliable each side is: its correlation with the same number from as many other rows.

    Raises:
        CannotConclude: a reliability is not above 0.
    """
    for reliability in (left, right):
        if not reliability > 0:
            raise CannotConclude(
                f"a reliability of {reliability:.2g} is not above 0: the halves do not agree on which candidates are "
                "good, so nothing can be said of what a correlation would be without error"
            )
    return correlation / math.sqrt(left * right)


def picked(criterion: Sequence[float], outcomes: Sequence[float]) -> float:
    """The outcome of what a criterion picks; the mean over ties.

    Raises:
        CannotConclude: no candidates, or values that are not finite.
        ValueError: other numbers of candidates.
    """
    of, values = _pairs(criterion, outcomes)
    return fmean(value for best, value in zip(tied_with_best(of), values, strict=True) if best)


def regret(criterion: Sequence[float], outcomes: Sequence[float], oracle: Sequence[float] | None = None) -> float:
    """How much better the oracle's pick is than the criterion's, in the unit of the outcomes.

    Args:
        criterion: of each candidate.
        outcomes: of each candidate.
        oracle: what the oracle picks by, such as the outcomes on other rows. By default it picks by these outcomes, and
            then its pick is also the luckiest: regret is above 0 even for a criterion that is right about all of them.

    Raises:
        CannotConclude, ValueError: as of `picked`.
    """
    return picked(outcomes if oracle is None else oracle, outcomes) - picked(criterion, outcomes)


def top_hit(criterion: Sequence[float], outcomes: Sequence[float], k: int = 1) -> float:
    """How likely the pick is among the k candidates of the best outcomes: 0 or 1, or a share where the criterion ties.

    Raises:
        CannotConclude, ValueError: as of `picked`; a `k` that is not one of the candidates' number.
    """
    of, values = _pairs(criterion, outcomes)
    if not 1 <= k <= len(values):
        raise ValueError(f"the best {k} of {len(values)} candidates")
    level = levelled(values)
    bar = sorted(level)[-k]
    return fmean(float(value >= bar) for best, value in zip(tied_with_best(of), level, strict=True) if best)


def _sides(left: Sequence[float], right: Sequence[float]) -> tuple[Floats, Floats]:
    """Both sides, which are of as many candidates and differ."""
    found = [np.array(finite(side, "candidates", least=LEAST)) for side in (left, right)]
    if len(left) != len(right):
        raise ValueError(f"{len(left)} and {len(right)} are other numbers of candidates")
    for side in found:
        if len(set(levelled(side.tolist()))) == 1:
            raise CannotConclude("all candidates have the same value, so nothing can be correlated with it")
    return found[0], found[1]


def _pairs(criterion: Sequence[float], outcomes: Sequence[float]) -> tuple[list[float], list[float]]:
    of, values = finite(criterion, "candidates"), finite(outcomes, "candidates")
    if len(of) != len(values):
        raise ValueError(f"{len(of)} and {len(values)} are other numbers of candidates")
    return of, values


def _ranks(values: Floats) -> Floats:
    """Ranks from 1; ties have the mean of theirs."""
    _, at, times = np.unique(levelled(values.tolist()), return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(times) - (times - 1) / 2)[at], dtype=np.float64)
