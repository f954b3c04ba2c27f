"""Comparisons: one side's scores minus another's, with intervals, means over languages and the transfer gap."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from harness.arms import NONE, TARGET_ENGLISH
from harness.results.columns import columns
from harness.results.marks import ENGLISH, find_marks
from harness.results.over_items import OverItems
from harness.results.schema import COORDINATES, SEED
from harness.results.scores import ON, Row, Scores, Side
from harness.statistics.intervals import Interval, spread_and_interval

ROUNDING = 1e-9
"""Units, such as percent, by which equal scores may differ."""

PairedInterval = Callable[[Row, Row], Interval | None]
"""Interval of one score minus another on the same items; None where the predictions are gone."""


@dataclass(frozen=True)
class Bounds:
    """What a score or a difference can be, in its unit."""

    low: float = -math.inf
    high: float = math.inf

    @property
    def finite(self) -> tuple[float, float] | None:
        """The lower and the upper one, where there are any."""
        return (self.low, self.high) if math.isfinite(self.high - self.low) else None

    def holds(self, interval: Interval) -> bool:
        """Whether no part of an interval is beyond them."""
        return self.low <= interval.low and interval.high <= self.high

    def __sub__(self, other: Bounds) -> Bounds:
        """Those of a difference."""
        return Bounds(self.low - other.high, self.high - other.low)


UNIT = "percent"
"""The unit of scores that can be averaged over tasks and metrics."""
PERCENT = Bounds(0.0, 100.0)
PERCENT_GAIN = PERCENT - PERCENT


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A score or a gain in percent, over one seed or several.

    Attributes:
        spread: standard deviation over seeds; None for one seed.
        interval: over items for one seed, over seeds for several; None where all seeds give the same value, where so
            few seeds cannot tell, or where it is not known.
        by_seed: what each seed gives.
        bounds: what it can be.
        cannot_tell: whether there are too few seeds for an interval: Student's t reaches beyond the bounds.
    """

    value: float
    seeds: int
    spread: float | None = None
    interval: Interval | None = None
    by_seed: Mapping[int, float] = field(default_factory=dict)
    bounds: Bounds = Bounds()
    cannot_tell: bool = False


@dataclass(frozen=True)
class Mean:
    """A mean over the `n` languages that have a value, of `of`.

    Attributes:
        spread: standard deviation over seeds; None for one seed, or where languages have values of different seeds.
        interval: over items for one seed, over seeds for several; None where languages have values of different seeds,
            and as of an `Estimate`.
        cannot_tell, by_seed, bounds: as of an `Estimate`.
    """

    value: float
    n: int
    of: int
    spread: float | None = None
    interval: Interval | None = None
    cannot_tell: bool = False
    by_seed: Mapping[int, float] = field(default_factory=dict, compare=False)
    bounds: Bounds = field(default=Bounds(), compare=False)


@dataclass(frozen=True, kw_only=True)
class Line:
    """Two sides at one place.

    Attributes:
        at: the place: values of the columns in which the sides agree.
        baseline: the side that is subtracted; None without one, or where it failed.
        score: the other side; None where it failed.
        gain: the score minus the baseline, over the seeds that both have.
        n: items scored.
        marks: what to know about the line; `harness.results.marks.MARKS` explains them.
    """

    at: Mapping[str, Any]
    baseline: Estimate | None
    score: Estimate | None
    gain: Estimate | None
    n: int
    marks: frozenset[str]

    @property
    def language(self) -> str:
        """The language of the rows."""
        return str(self.at["language"])


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One target scored by one metric after one arm, language by language.

    Attributes:
        arm: its label.
        text: its phases, as `--arm` takes them.
        against: label of the arm that is the baseline; "" without one.
        baseline_mode: its mode.
        intermediate: all its intermediate tasks.
        unit: of scores and gains.
        lines: one per language asked for.
        perturbation: what was done to the rows, such as "typo:2"; the baseline is then the score on clean rows.
        over_items: gives intervals of what the languages make where there is one seed.
    """

    task: str
    metric: str
    arm: str
    mode: str
    seeds: tuple[int, ...]
    lines: tuple[Line, ...]
    text: str = ""
    against: str = ""
    baseline_mode: str = NONE
    intermediate: tuple[str, ...] = ()
    unit: str = UNIT
    perturbation: str = ""
    over_items: OverItems | None = field(default=None, compare=False, repr=False)

    @property
    def by_target(self) -> bool:
        """Whether the arm holds each target's own training task."""
        return TARGET_ENGLISH in self.intermediate

    @property
    def complete(self) -> int:
        """Languages with a score."""
        return sum(line.score is not None for line in self.lines)

    def mean(self, column: str, *, english: bool = True) -> Mean | None:
        """Mean of a column ("baseline", "score" or "gain") over languages that have it."""
        asked = [line for line in self.lines if english or line.language != ENGLISH]
        found = self._found(column, asked)
        if not found:
            return None
        # Of one language it is the score itself, with the interval that stands beside it.
        mean = average(list(found.values())) if len(found) > 1 else next(iter(found.values()))
        interval = mean.interval
        if self.over_items and mean.seeds == 1 and len(found) > 1:
            interval = self.over_items.mean(column, list(found), mean.bounds.finite)
        return _mean(mean, interval, len(found), len(asked))

    def transfer_gap(self, column: str) -> Mean | None:
        """English minus the mean of the other languages, over those; None without either."""
        found = self._found(column, self.lines)
        english = found.pop(ENGLISH, None)
        if english is None or not found:
            return None
        gap = subtract(english, average(list(found.values())))
        interval = gap.interval
        if self.over_items and gap.seeds == 1:
            interval = self.over_items.gap(column, [ENGLISH, *found], gap.bounds.finite)
        return _mean(gap, interval, len(found), sum(line.language != ENGLISH for line in self.lines))

    def _found(self, column: str, lines: Sequence[Line]) -> dict[str, Estimate]:
        """A column's estimates by language, where there are any."""
        estimates = {line.language: getattr(line, column) for line in lines}
        return {language: estimate for language, estimate in estimates.items() if estimate is not None}


def _mean(found: Estimate, interval: Interval | None, n: int, of: int) -> Mean:
    return Mean(found.value, n, of, found.spread, interval, found.cannot_tell, found.by_seed, found.bounds)


def compare(scores: Scores, left: Side, right: Side, on: Sequence[str] = ON) -> tuple[Line, ...]:
    """One side's scores beside another's, and their difference, at each place where the left side has any.

    What gains, transfer gaps, changes under a perturbation and leaderboards are made of. Seeds are paired. A side with
    several scores of a place, such as those of many languages where `on` leaves the language out, is their mean. One
    seed with one score on each side has an interval paired by item, several seeds one over seeds.

    Args:
        on: columns in which both sides agree; one line for each combination of their values.

    Raises:
        SettingsError: a side has two scores of the same coordinates and seed, or a column is not there.
    """
    mine, theirs = scores.where(left), scores.where(right)
    others = theirs.groups(*on) if theirs.rows else {}
    return tuple(
        _line(dict(zip(on, place, strict=True)), found, others.get(place, Scores(())), scores.gain_interval)
        for place, found in mine.groups(*on).items()
    )


def compare_arms(scores: Scores) -> list[Comparison]:
    """Every arm's scores of every target and metric beside those of the arm that its gains are against.

    An arm that others are compared with has no comparison of its own; one that stands alone has one without baseline.
    """
    found = []
    for arms in scores.groups("task", "metric").values():
        by_arm = {label: group for (label,), group in arms.groups("arm").items()}
        against = {label: group.rows[0]["against"] for label, group in by_arm.items()}
        baselines = {against[label] for label in by_arm} & by_arm.keys()
        for label, group in by_arm.items():
            if label not in baselines or against[label] in by_arm:
                baseline = by_arm.get(against[label], Scores(()))
                found.append(_comparison(group, baseline, against=against[label]))
    return found


def compare_perturbed(scores: Scores) -> list[Comparison]:
    """Scores on perturbed rows beside those on the same rows as they were, which are the baseline."""
    found = []
    known = columns().keys()
    clean = scores.clean.groups("task", "metric", "arm")
    perturbed = scores.where(lambda row: bool(row["perturbation"]) and row.keys() <= known)
    for (*place, name), group in perturbed.groups("task", "metric", "arm", "perturbation").items():
        before = clean.get(tuple(place), Scores(()))
        found.append(_comparison(group, before, perturbation=name))
    return found


def _comparison(group: Scores, baseline: Scores, *, against: str = "", perturbation: str = "") -> Comparison:
    """The scores of one task, metric and arm beside others of the same languages."""
    first = group.rows[0]
    both = dataclasses.replace(group, rows=[*group.rows, *baseline.rows])
    mine = {id(row) for row in group.rows}
    seeds = tuple(dict.fromkeys(row["seed"] for row in group.rows))
    return Comparison(
        task=first["task"],
        metric=first["metric"],
        arm=first["arm"],
        mode=first["mode"],
        seeds=seeds,
        lines=compare(both, lambda row: id(row) in mine, lambda row: id(row) not in mine, on=("language",)),
        text=first["arm_text"],
        against=against if baseline.rows else "",
        baseline_mode=baseline.rows[0]["mode"] if baseline.rows else NONE,
        intermediate=tuple(filter(None, first["intermediate"].split("+"))),
        unit=first["unit"],
        perturbation=perturbation,
        over_items=OverItems.of(group, baseline) if len(seeds) == 1 else None,
    )


def _line(at: Mapping[str, Any], left: Scores, right: Scores, paired: PairedInterval) -> Line:
    mine, theirs = (_units(side, at) for side in (left, right))
    score, baseline = _side(mine), _side(theirs)
    if len(mine) == 1 and len(theirs) == 1:
        gain = _paired_gain(mine[0], theirs[0], paired)
    else:
        gain = subtract(score, baseline) if score and baseline else None
    return Line(
        at=at,
        baseline=baseline,
        score=score,
        gain=gain,
        n=max(row["n"] for row in left.rows),
        marks=frozenset(mark for row in (*left.rows, *right.rows) for mark in find_marks(row)),
    )


Unit = Mapping[int, Row]
"""Scores that differ in the seed alone, by seed."""


def _units(side: Scores, at: Mapping[str, Any]) -> list[Unit]:
    """The scores of a side by all their coordinates but the seed."""
    if not side.rows:
        return []
    known = columns().keys()
    further = sorted({name for row in side.rows for name in row.keys() - known})
    names = [name for name in (*COORDINATES, "metric", *further) if name not in at and name != SEED]
    groups = side.groups(*names).values()
    return [{seed: row for (seed,), row in group.by_place((SEED,)).items()} for group in groups]


def _side(units: Sequence[Unit]) -> Estimate | None:
    """A side's score: the mean over its units."""
    found = [_estimate([row for row in unit.values() if row["value"] is not None]) for unit in units]
    values = [estimate for estimate in found if estimate is not None]
    if len(values) < 2:
        return values[0] if values else None
    return average(values)


def _paired_gain(mine: Unit, theirs: Unit, paired: PairedInterval) -> Estimate | None:
    pairs = [(row, theirs[seed]) for seed, row in mine.items() if seed in theirs]
    pairs = [(row, other) for row, other in pairs if row["value"] is not None and other["value"] is not None]
    if not pairs:
        return None
    by_seed = {row["seed"]: row["value"] - base["value"] for row, base in pairs}
    row, base = pairs[0]
    bounds = _bounds(row) - _bounds(base)
    if len(pairs) > 1:
        return over_seeds(by_seed, bounds)
    return Estimate(value=by_seed[row["seed"]], seeds=1, interval=paired(row, base), by_seed=by_seed, bounds=bounds)


def _estimate(rows: Sequence[Row]) -> Estimate | None:
    if not rows:
        return None
    by_seed = {row["seed"]: row["value"] for row in rows}
    row = rows[0]
    if len(rows) > 1:
        return over_seeds(by_seed, _bounds(row))
    interval = None
    if row["low"] is not None:
        interval = Interval(low=row["low"], high=row["high"], level=0.95, method=row["interval"], answers="")
    return Estimate(value=row["value"], seeds=1, interval=interval, by_seed=by_seed, bounds=_bounds(row))


def _bounds(row: Row) -> Bounds:
    return PERCENT if row["unit"] == UNIT else Bounds()


def average(estimates: Sequence[Estimate]) -> Estimate:
    """The mean of several scores or gains, such as those of the languages; over seeds where all have the same ones.

    Args:
        estimates: at least one.
    """
    value = fmean(estimate.value for estimate in estimates)
    seeds = {tuple(sorted(estimate.by_seed)) for estimate in estimates}
    bounds = estimates[0].bounds
    if len(seeds) > 1:
        return Estimate(value=value, seeds=max(estimate.seeds for estimate in estimates), bounds=bounds)
    by_seed = {seed: fmean(estimate.by_seed[seed] for estimate in estimates) for seed in seeds.pop()}
    return _with_spread(value, by_seed, bounds)


def subtract(left: Estimate, right: Estimate) -> Estimate:
    """The difference of two scores or gains; over seeds where both have the same ones."""
    value = left.value - right.value
    bounds = left.bounds - right.bounds
    if left.by_seed.keys() != right.by_seed.keys():
        return Estimate(value=value, seeds=min(left.seeds, right.seeds), bounds=bounds)
    by_seed = {seed: found - right.by_seed[seed] for seed, found in sorted(left.by_seed.items())}
    return _with_spread(value, by_seed, bounds)


def _with_spread(value: float, by_seed: Mapping[int, float], bounds: Bounds) -> Estimate:
    if len(by_seed) < 2:
        return Estimate(value=value, seeds=len(by_seed), by_seed=by_seed, bounds=bounds)
    return dataclasses.replace(over_seeds(by_seed, bounds), value=value)


def over_seeds(by_seed: Mapping[int, float], bounds: Bounds) -> Estimate:
    """The mean of one value per seed, with Student's t interval where seeds give different ones.

    Where they do not, as for a model that nobody trained, an interval without width would claim that none can. Where
    the interval reaches beyond what the value can be, so few seeds cannot tell, and there is none: cut off at the
    bounds it would look as if they could.

    Args:
        by_seed: at least one value.
        bounds: what the values can be.
    """
    values = list(by_seed.values())
    if len(values) == 1:
        return Estimate(value=values[0], seeds=1, by_seed=by_seed, bounds=bounds)
    spread, interval = spread_and_interval(tuple(values), ROUNDING)
    cannot_tell = interval is not None and not bounds.holds(interval)
    return Estimate(
        value=fmean(values),
        seeds=len(values),
        spread=spread,
        interval=None if cannot_tell else interval,
        by_seed=by_seed,
        bounds=bounds,
        cannot_tell=cannot_tell,
    )
