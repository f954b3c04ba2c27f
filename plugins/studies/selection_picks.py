"""What criteria pick from pools of checkpoints, and what their picks are worth.

A pool is of one seed: all its runs were drawn anew with that seed. A criterion gives each candidate a number from the
first half of the items, and picks the highest; what the pick is worth is read from the second half. Where candidates
tie, each is as likely to be picked.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from harness import studykit

Values = Mapping[str, float]
"""By candidate."""
Gains = Mapping[str, Values]
"""By outcome and candidate: points over the model without intermediate training, from the same seed."""


@dataclass(frozen=True)
class Pool:
    """Candidates of one seed, and what each gains on either half of the items."""

    first: Gains
    second: Gains

    @property
    def candidates(self) -> tuple[str, ...]:
        """In one order."""
        return tuple(next(iter(self.second.values())))

    def of(self, candidates: Collection[str]) -> Pool:
        """Some of its candidates."""
        return Pool(*(_part(half, list(half), candidates) for half in (self.first, self.second)))

    def by(self, outcomes: Collection[str]) -> Pool:
        """Its candidates by some of the outcomes."""
        return Pool(*(_part(half, outcomes, self.candidates) for half in (self.first, self.second)))


def _part(half: Gains, outcomes: Collection[str], candidates: Collection[str]) -> Gains:
    return {outcome: {one: value for one, value in half[outcome].items() if one in candidates} for outcome in outcomes}


def mean_gain(gains: Gains) -> Values:
    """The mean over outcomes, in points."""
    found = list(gains.values())
    return {one: fmean(values[one] for values in found) for one in found[0]}


def standing(gains: Gains) -> Values:
    """The mean over outcomes, each in its standard deviations over the pool; 0 where all candidates are alike."""
    return mean_gain({outcome: standardised(values) for outcome, values in gains.items()})


def standardised(values: Values) -> Values:
    """Differences from the mean over candidates, in standard deviations; 0 where all are alike."""
    mean = fmean(values.values())
    spread = math.sqrt(fmean((value - mean) ** 2 for value in values.values()))
    alike = len(set(studykit.levelled(list(values.values())))) == 1
    return {one: 0.0 if alike else (value - mean) / spread for one, value in values.items()}


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """What checkpoints can be selected by.

    Attributes:
        labels: whether it needs labels in other languages than English.
        first: by seed and candidate, from the first half of its rows, or from whatever it reads; higher is better.
        second: likewise from the second half, which tells how reliable it is; empty where it has no halves.
    """

    name: str
    labels: bool
    first: Mapping[int, Values]
    second: Mapping[int, Values] = field(default_factory=dict)

    def picks(self, seed: int, candidates: Collection[str]) -> Values:
        """How likely it picks each candidate: 1, or a share where some tie; those it never picks are left out."""
        level = studykit.levelled([self.first[seed][one] for one in candidates])
        best = max(level)
        chosen = [one for one, value in zip(candidates, level, strict=True) if value == best]
        return {one: 1 / len(chosen) for one in chosen}

    def worth(self, seed: int, values: Values) -> float:
        """What its pick among some candidates has of a value; the mean over ties."""
        return sum(share * values[one] for one, share in self.picks(seed, list(values)).items())

    def agreement(self, other: Criterion, pools: Mapping[int, Pool]) -> float:
        """How likely both pick the same candidate, 0 to 1, mean over seeds."""
        return fmean(
            sum(share * theirs.get(one, 0.0) for one, share in self.picks(seed, pool.candidates).items())
            for seed, pool in pools.items()
            for theirs in [other.picks(seed, pool.candidates)]
        )


@dataclass(frozen=True)
class Judged:
    """How well a criterion picks. What has no value, such as a correlation with what is the same for all, is None.

    Attributes:
        gains: by seed, over the model without intermediate training, in points on the second half.
        regret: how much more the pick of the oracle gains, which picks by outcomes on the first half; mean over seeds.
        hit: share of seeds in which it picks the best one of the second half.
        tau: Kendall's tau-b with the standing of candidates on the second half, mean over seeds.
        reliability: Pearson's correlation of its halves over candidates, mean over seeds.
        correlation: Pearson's with the standing, mean over seeds, over the square root of both reliabilities.
    """

    gains: Mapping[int, float]
    regret: float
    hit: float
    tau: float | None
    reliability: float | None
    correlation: float | None


def judge(criterion: Criterion, pools: Mapping[int, Pool]) -> Judged:
    """How well a criterion picks from pools, which are by seed."""
    seen = {seed: _Seen.of(criterion, seed, pool) for seed, pool in pools.items()}
    of_outcome = _mean(studykit.pearson, [(one.stood, one.stands) for one in seen.values()])
    reliability = _mean(studykit.pearson, [(one.own, one.again) for one in seen.values() if one.again])
    correlation = _mean(studykit.pearson, [(one.own, one.stands) for one in seen.values()])
    return Judged(
        gains={seed: criterion.worth(seed, mean_gain(pool.second)) for seed, pool in pools.items()},
        regret=fmean(studykit.regret(one.own, one.worth, one.promise) for one in seen.values()),
        hit=fmean(studykit.top_hit(one.own, one.worth) for one in seen.values()),
        tau=_mean(studykit.kendall, [(one.own, one.stands) for one in seen.values()]),
        reliability=reliability,
        correlation=_without_error(correlation, reliability, of_outcome),
    )


@dataclass(frozen=True)
class _Seen:
    """Numbers of the candidates of a seed, in one order.

    Attributes:
        own, again: the criterion's on either half; the other one is empty where it has no halves.
        promise, worth: mean gains on either half.
        stood, stands: standings on either half.
    """

    own: list[float]
    again: list[float]
    promise: list[float]
    worth: list[float]
    stood: list[float]
    stands: list[float]

    @classmethod
    def of(cls, criterion: Criterion, seed: int, pool: Pool) -> _Seen:
        second = criterion.second.get(seed)
        sides = [
            criterion.first[seed],
            *(mean_gain(half) for half in (pool.first, pool.second)),
            *(standing(half) for half in (pool.first, pool.second)),
        ]
        own, *outcomes = ([values[one] for one in pool.candidates] for values in sides)
        return cls(own, [second[one] for one in pool.candidates] if second else [], *outcomes)


def _mean(
    correlation: Callable[[Sequence[float], Sequence[float]], float], sides: Sequence[tuple[list[float], list[float]]]
) -> float | None:
    """A correlation over candidates, mean over the seeds in which there is one."""
    found = []
    for left, right in sides:
        with contextlib.suppress(studykit.CannotConclude):
            found.append(correlation(left, right))
    return fmean(found) if found else None


def _without_error(correlation: float | None, left: float | None, right: float | None) -> float | None:
    """A correlation as it would be of sides that were measured without error; None where that cannot be told."""
    if correlation is None or left is None or right is None:
        return None
    # Each side is of half of its rows, as the correlation of its halves is.
    try:
        return studykit.disattenuated(correlation, left, right)
    except studykit.CannotConclude:
        return None
