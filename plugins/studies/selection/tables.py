"""What criteria pick, as tables, figures and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness_plugins.studies.selection.picks import Criterion, Judged, Pool, standardised

from harness import studykit

Pools = Mapping[int, Pool]
"""By seed."""


def answer_gains(judged: Mapping[str, Judged], margin: float) -> list[studykit.Answered]:
    """Does what each criterion picks gain? By Holm's correction over the criteria."""
    asked = [
        studykit.Contrast(
            asked=f"{name}: its pick against none",
            differences=list(one.gains.values()),
            question=studykit.Question.GAIN,
        )
        for name, one in judged.items()
    ]
    return list(studykit.answer_family(asked, margin=margin))


def table_of_criteria(criteria: Mapping[str, Criterion], judged: Mapping[str, Judged]) -> studykit.Table:
    """Of each criterion what its pick gains, and how it ranks the candidates."""
    head = ("criterion", "gain", "regret", "tau", "top-1", "reliability", "true r", "labels")
    rows = []
    for name, one in judged.items():
        numbers = (one.tau, one.hit, one.reliability, one.correlation)
        cells = (
            _gain(one.gains),
            studykit.Cell(text=f"{one.regret:.1f}"),
            *(studykit.Cell(text="-" if number is None else f"{number:.2f}") for number in numbers),
            studykit.Cell(text="yes" if criteria[name].labels else "no"),
        )
        rows.append((studykit.Cell(text=name), *cells))
    title = (
        "What the pick of each criterion gains over none, and how well it ranks (tau: Kendall's with the outcome; true "
        "r: the correlation with it, were both measured without error)"
    )
    return studykit.Table(title, head, tuple(rows))


def table_of_picks(criteria: Mapping[str, Criterion], pools: Pools, against: Sequence[str]) -> studykit.Table:
    """What each criterion picks, and in what share of the seeds some others pick the same.

    Args:
        against: names of the others.
    """
    rows = []
    for name, one in criteria.items():
        agreement = [one.agreement(criteria[other], pools) for other in against]
        shown = (studykit.Cell(text=f"{100 * share:.0f}") for share in agreement)
        rows.append((studykit.Cell(text=name), *shown, studykit.Cell(text=_picked(one, pools))))
    head = ("criterion", *(f"as {name}, %" for name in against), "picks, in how many seeds")
    return studykit.Table("What each criterion picks", head, tuple(rows))


def _picked(criterion: Criterion, pools: Pools) -> str:
    """Candidates that were picked, those of most seeds first; where many tie, how many they are."""
    found: dict[str, float] = {}
    for seed, pool in pools.items():
        for one, share in criterion.picks(seed, pool.candidates).items():
            found[one] = found.get(one, 0.0) + share
    ranked = sorted(found.items(), key=lambda item: -item[1])
    shown = [f"{name} {seeds:.3g}" for name, seeds in ranked]
    return ", ".join(shown) if len(shown) <= len(pools) else f"ties of {len(shown)}"


def table_of_outcomes(criteria: Mapping[str, Criterion], pools: Pools) -> studykit.Table:
    """What each criterion's pick gains in each outcome."""
    outcomes = list(next(iter(pools.values())).second)
    rows = []
    for name, one in criteria.items():
        gains = [{seed: one.worth(seed, pool.second[outcome]) for seed, pool in pools.items()} for outcome in outcomes]
        rows.append((studykit.Cell(text=name), *map(_gain, gains)))
    return studykit.Table(
        "What the pick of each criterion gains over none, by outcome", ("criterion", *outcomes), tuple(rows)
    )


def _gain(by_seed: Mapping[int, float]) -> studykit.Cell:
    return studykit.gain_cell(_estimate(by_seed))


def _estimate(by_seed: Mapping[int, float]) -> studykit.Estimate:
    return studykit.over_seeds(by_seed, studykit.Bounds())


def forest_of_picks(judged: Mapping[str, Judged], margin: float) -> studykit.Forest:
    """Gains of what criteria pick."""
    points = []
    for name, one in judged.items():
        found = _estimate(one.gains)
        low, high = (found.interval.low, found.interval.high) if found.interval else (None, None)
        points.append(studykit.Point(y=found.value, low=low, high=high, label=name))
    return studykit.Forest(title="Gain of the pick over none", unit="points", points=tuple(points), margin=margin)


def scatter_of_candidates(criteria: Sequence[Criterion], pools: Pools) -> studykit.Scatter:
    """Every candidate of every seed: what criteria say of it against what it turns out to be worth."""
    series = []
    for one in criteria:
        points = []
        for seed, pool in pools.items():
            values = standardised({arm: one.first[seed][arm] for arm in pool.candidates})
            stands = standardised(pool.worth)
            points += [
                studykit.Point(x=values[arm], y=stands[arm], label=f"{arm}, seed {seed}") for arm in pool.candidates
            ]
        series.append(studykit.Series(name=one.name, points=tuple(points)))
    return studykit.Scatter(
        title="Criterion and outcome, each in standard deviations over a seed's candidates",
        x="criterion, first half",
        y="outcome, second half",
        series=tuple(series),
    )


def oracle(pools: Pools) -> Criterion:
    """The criterion that knows the outcome on the first half."""
    return Criterion(
        name="oracle",
        labels=True,
        first={seed: pool.promise for seed, pool in pools.items()},
        second={seed: pool.worth for seed, pool in pools.items()},
    )


def data_tables(criteria: Mapping[str, Criterion], pools: Pools) -> tuple[studykit.DataTable, ...]:
    """What candidates score on either half, and what each criterion picks: one row per seed and candidate."""
    halves: list[tuple[str | int | float, ...]] = []
    picks: list[tuple[str | int | float, ...]] = []
    for seed, pool in pools.items():
        for outcome, first in pool.first.items():
            second = pool.second[outcome]
            halves += [(seed, arm, "gain", outcome, first[arm], second[arm]) for arm in pool.candidates]
        for name, one in criteria.items():
            again = one.second.get(seed, {})
            halves += [
                (seed, arm, "criterion", name, one.first[seed][arm], again.get(arm, "")) for arm in pool.candidates
            ]
            shares = one.picks(seed, pool.candidates)
            picks += [(seed, name, arm, share, pool.worth[arm]) for arm, share in shares.items()]
    of_halves = ("seed", "candidate", "kind", "name", "first", "second")
    of_picks = ("seed", "criterion", "candidate", "share", "worth")
    return (
        studykit.DataTable(name="halves", columns=of_halves, rows=tuple(halves)),
        studykit.DataTable(name="picks", columns=of_picks, rows=tuple(picks)),
    )
