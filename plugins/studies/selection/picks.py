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
from statistics import fmean, pvariance

from harness import studykit

Values = Mapping[str, float]
"""By candidate."""
Gains = Mapping[str, Values]
"""By outcome and candidate: points over the model without intermediate training, from the same seed."""


@dataclass(frozen=True)
class Pool:
    """Candidates of one seed, and what each gains on either half of the items.

    Attributes:
        first, second: in points.
        scales: by outcome, what a point of it counts as; those of all seeds are the same.
    """

    first: Gains
    second: Gains
    scales: Values

    @property
    def candidates(self) -> tuple[str, ...]:
        """In one order."""
        return tuple(next(iter(self.second.values())))

    @property
    def promise(self) -> Values:
        """By candidate: the mean over outcomes on the first half, in scaled points."""
        return mean_gain(self.first, self.scales)

    @property
    def worth(self) -> Values:
        """The same on the second half: what a pick is worth."""
        return mean_gain(self.second, self.scales)

    def of(self, candidates: Collection[str]) -> Pool:
        """Some of its candidates."""
        first, second = (_part(half, list(half), candidates) for half in (self.first, self.second))
        return Pool(first, second, self.scales)

    def by(self, outcomes: Collection[str]) -> Pool:
        """Its candidates by some of the outcomes, which count as before."""
        first, second = (_part(half, outcomes, self.candidates) for half in (self.first, self.second))
        return Pool(first, second, {outcome: self.scales[outcome] for outcome in outcomes})


def _part(half: Gains, outcomes: Collection[str], candidates: Collection[str]) -> Gains:
    return {outcome: {one: value for one, value in half[outcome].items() if one in candidates} for outcome in outcomes}


def mean_gain(gains: Gains, scales: Values) -> Values:
    """The mean over outcomes, in scaled points."""
    candidates = next(iter(gains.values()))
    return {one: fmean(scales[outcome] * values[one] for outcome, values in gains.items()) for one in candidates}


def outcome_scales(halves: Collection[Gains]) -> Values:
    """What a point of each outcome has to count as for all of them to spread alike over candidates and none.

    The mean over outcomes of their standard deviations, divided by that of the outcome: the root of the mean over seeds
    of the variance. None, whose gain is 0, is in the pool, so that an outcome in which all candidates lose alike does
    not count as one that hardly spreads. An outcome in which all are alike counts nothing.

    Args:
        halves: by outcome, what candidates gain on the half that selects; one per seed.
    """
    spreads = {}
    for outcome in next(iter(halves)):
        pools = [[0.0, *half[outcome].values()] for half in halves]
        alike = all(len(set(studykit.levelled(values))) == 1 for values in pools)
        spreads[outcome] = 0.0 if alike else math.sqrt(fmean(map(pvariance, pools)))
    mean = fmean(spreads.values())
    return {outcome: mean / spread if spread else 0.0 for outcome, spread in spreads.items()}


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
        task, metric: what it is a score of; empty where it is none.
    """

    name: str
    labels: bool
    first: Mapping[int, Values]
    second: Mapping[int, Values] = field(default_factory=dict)
    task: str = ""
    metric: str = ""

    def picks(self, seed: int, candidates: Collection[str]) -> Values:
        """How likely it picks each candidate: 1, or a share where some tie; those it never picks are left out."""
        tied = studykit.tied_with_best([self.first[seed][one] for one in candidates])
        return {one: 1 / int(tied.sum()) for one, is_best in zip(candidates, tied, strict=True) if is_best}

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
        gains: by seed, over the model without intermediate training, in scaled points on the second half.
        regret: how much more the pick of the oracle gains, which picks by outcomes on the first half; mean over seeds.
        hit: share of seeds in which it picks the best one of the second half.
        tau: Kendall's tau-b with what candidates are worth on the second half, mean over seeds.
        reliability: Pearson's correlation of its halves over candidates, mean over seeds.
        correlation: Pearson's with what they are worth, mean over seeds, over the square root of both reliabilities.
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
    of_outcome = _mean(studykit.pearson, [(one.promise, one.worth) for one in seen.values()])
    reliability = _mean(studykit.pearson, [(one.own, one.again) for one in seen.values() if one.again])
    correlation = _mean(studykit.pearson, [(one.own, one.worth) for one in seen.values()])
    return Judged(
        gains={seed: criterion.worth(seed, pool.worth) for seed, pool in pools.items()},
        regret=fmean(studykit.regret(one.own, one.worth, one.promise) for one in seen.values()),
        hit=fmean(studykit.top_hit(one.own, one.worth) for one in seen.values()),
        tau=_mean(studykit.kendall, [(one.own, one.worth) for one in seen.values()]),
        reliability=reliability,
        correlation=_without_error(correlation, reliability, of_outcome),
    )


@dataclass(frozen=True)
class _Seen:
    """Numbers of the candidates of a seed, in one order.

    Attributes:
        own, again: the criterion's on either half; the other one is empty where it has no halves.
        promise, worth: mean gains on either half.
    """

    own: list[float]
    again: list[float]
    promise: list[float]
    worth: list[float]

    @classmethod
    def of(cls, criterion: Criterion, seed: int, pool: Pool) -> _Seen:
        second = criterion.second.get(seed)
        sides = (criterion.first[seed], pool.promise, pool.worth)
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
