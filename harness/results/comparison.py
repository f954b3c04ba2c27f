"""Scores beside their baseline: gains, means over languages and the transfer gap, computed from flat records."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev
from typing import Any

from harness.arms import TARGET_ENGLISH
from harness.results.marks import ENGLISH, find_marks
from harness.statistics.intervals import Interval, t_interval

BASELINE = "none"
ROUNDING = 1e-9
"""Percent by which equal scores may differ."""

Row = Mapping[str, Any]
"""One score of `harness.results.records.flat_scores`."""

PairedInterval = Callable[[Row, Row], Interval | None]
"""Interval of one score minus another on the same items; None where the predictions are gone."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A score or a gain in percent, over one seed or several.

    Attributes:
        spread: standard deviation over seeds; None for one seed.
        interval: over items for one seed, over seeds for several; None where all seeds give the same value, or where
            it is not known.
        by_seed: what each seed gives.
    """

    value: float
    seeds: int
    spread: float | None = None
    interval: Interval | None = None
    by_seed: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Mean:
    """A mean over the `n` languages that have a value, of `of`.

    Attributes:
        spread: standard deviation over seeds; None for one seed, or where languages have values of different seeds.
        interval: over seeds; None likewise, and where all seeds give the same mean.
    """

    value: float
    n: int
    of: int
    spread: float | None = None
    interval: Interval | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One language of one target and arm.

    Attributes:
        baseline: the score without intermediate tasks; None without baseline, or where it failed.
        score: None where it failed.
        n: items scored.
        marks: what to know about the line; `harness.results.marks.MARKS` explains them.
    """

    language: str
    baseline: Estimate | None
    score: Estimate | None
    gain: Estimate | None
    n: int
    marks: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One target scored by one metric after one arm, language by language.

    Attributes:
        complete: languages with a score; `lines` has one a language asked for.
        perturbation: what was done to the rows, such as "typo:2"; the baseline is then the score on clean rows.
    """

    task: str
    metric: str
    arm: str
    mode: str
    seeds: tuple[int, ...]
    lines: tuple[Line, ...]
    perturbation: str = ""

    @property
    def by_target(self) -> bool:
        """Whether the arm holds each target's own training task."""
        return TARGET_ENGLISH in re.split(" [+>] ", self.arm)

    @property
    def complete(self) -> int:
        """Languages with a score."""
        return sum(line.score is not None for line in self.lines)

    def mean(self, column: str, *, english: bool = True) -> Mean | None:
        """Mean of a column ("baseline", "score" or "gain") over languages that have it."""
        estimates = [getattr(line, column) for line in self.lines if english or line.language != ENGLISH]
        found = [estimate for estimate in estimates if estimate is not None]
        return _mean(found, len(estimates)) if found else None

    def transfer_gap(self, column: str) -> Mean | None:
        """English minus the mean of the other languages, over those; None without either."""
        english = next((getattr(line, column) for line in self.lines if line.language == ENGLISH), None)
        others = [getattr(line, column) for line in self.lines if line.language != ENGLISH]
        found = [estimate for estimate in others if estimate is not None]
        return _mean(found, len(others), below=english) if english and found else None


def _mean(estimates: Sequence[Estimate], of: int, *, below: Estimate | None = None) -> Mean:
    """The mean of some languages, or how far it is below another's value."""
    value = fmean(estimate.value for estimate in estimates)
    mean = Mean(below.value - value if below else value, len(estimates), of)
    seeds = {tuple(sorted(one.by_seed)) for one in (*estimates, *([below] if below else []))}
    if len(seeds) > 1 or len(min(seeds)) < 2:
        return mean
    by_seed = {seed: fmean(estimate.by_seed[seed] for estimate in estimates) for seed in min(seeds)}
    over = over_seeds([below.by_seed[seed] - value if below else value for seed, value in by_seed.items()])
    return dataclasses.replace(mean, spread=over.spread, interval=over.interval)


def compare(rows: Iterable[Row], paired: PairedInterval) -> list[Comparison]:
    """Comparisons of every target and metric, arm by arm; the baseline alone where it is the only arm."""
    targets: dict[tuple[str, str], dict[str, list[Row]]] = {}
    for row in rows:
        targets.setdefault((row["task"], row["metric"]), {}).setdefault(row["arm"], []).append(row)
    return [
        _comparison(group, [] if arm == BASELINE else arms.get(BASELINE, []), paired)
        for arms in targets.values()
        for arm, group in arms.items()
        if arm != BASELINE or len(arms) == 1
    ]


def compare_perturbed(rows: Iterable[Row], clean: Iterable[Row], paired: PairedInterval) -> list[Comparison]:
    """Comparisons of scores on perturbed rows with those on the same rows as they were, which are the baseline."""
    before: dict[tuple[str, str, str], list[Row]] = {}
    for row in clean:
        before.setdefault((row["task"], row["metric"], row["arm"]), []).append(row)
    groups: dict[tuple[str, str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["task"], row["metric"], row["arm"], row["perturbation"]), []).append(row)
    return [
        dataclasses.replace(_comparison(group, before.get(key[:3], []), paired), perturbation=key[3])
        for key, group in groups.items()
    ]


def _comparison(group: Sequence[Row], base: Sequence[Row], paired: PairedInterval) -> Comparison:
    languages = dict.fromkeys(row["language"] for row in group)
    return Comparison(
        task=group[0]["task"],
        metric=group[0]["metric"],
        arm=group[0]["arm"],
        mode=group[0]["mode"],
        seeds=tuple(dict.fromkeys(row["seed"] for row in group)),
        lines=tuple(_line(language, group, base, paired) for language in languages),
    )


def _line(language: str, group: Sequence[Row], base: Sequence[Row], paired: PairedInterval) -> Line:
    mine = {row["seed"]: row for row in group if row["language"] == language}
    theirs = {row["seed"]: row for row in base if row["language"] == language}
    scored = {seed: row for seed, row in mine.items() if row["value"] is not None}
    pairs = [(row, theirs[seed]) for seed, row in scored.items() if _has_value(theirs.get(seed))]
    return Line(
        language=language,
        baseline=_estimate([row for row in theirs.values() if row["value"] is not None]),
        score=_estimate(list(scored.values())),
        gain=_gain(pairs, paired),
        n=max(row["n"] for row in mine.values()),
        marks=frozenset(mark for row in (*mine.values(), *theirs.values()) for mark in find_marks(row)),
    )


def _estimate(rows: Sequence[Row]) -> Estimate | None:
    if not rows:
        return None
    by_seed = {row["seed"]: row["value"] for row in rows}
    if len(rows) > 1:
        return dataclasses.replace(over_seeds(list(by_seed.values())), by_seed=by_seed)
    row = rows[0]
    interval = Interval(low=row["low"], high=row["high"], level=0.95, method=row["interval"], answers="")
    return Estimate(value=row["value"], seeds=1, interval=interval, by_seed=by_seed)


def _gain(pairs: Sequence[tuple[Row, Row]], paired: PairedInterval) -> Estimate | None:
    if not pairs:
        return None
    by_seed = {row["seed"]: row["value"] - base["value"] for row, base in pairs}
    if len(pairs) > 1:
        return dataclasses.replace(over_seeds(list(by_seed.values())), by_seed=by_seed)
    row, base = pairs[0]
    return Estimate(value=by_seed[row["seed"]], seeds=1, interval=paired(row, base), by_seed=by_seed)


def over_seeds(values: Sequence[float]) -> Estimate:
    """The mean of one value a seed, with Student's t interval where seeds give different ones.

    Where they do not, as for a model that nobody trained, an interval without width would claim that none can.
    """
    if len(values) == 1:
        return Estimate(value=values[0], seeds=1)
    spread = stdev(values)
    interval = t_interval(values) if spread > ROUNDING else None
    return Estimate(value=fmean(values), seeds=len(values), spread=spread, interval=interval)


def _has_value(row: Row | None) -> bool:
    return row is not None and row["value"] is not None
