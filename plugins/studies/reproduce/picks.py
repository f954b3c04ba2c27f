"""The best intermediate task for each target, chosen by some rows and judged by others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from harness import studykit
from harness.studykit import NONE


@dataclass(frozen=True, kw_only=True)
class Picked:
    """What is best for a target in each seed.

    Attributes:
        by: which rows chose.
        arms: by seed.
        gains: points that they add to `none` on the rows that are reported, by seed.
    """

    target: str
    by: str
    arms: Mapping[int, str]
    gains: Mapping[int, float]


DEVELOPMENT = "English development rows"
HALF = "half of the test rows"


def pick(
    scores: studykit.Scores, target: str, tasks: Sequence[str], gains: Mapping[str, Mapping[int, float]]
) -> Picked | None:
    """The task whose run is best, in each seed by itself, as a paper picks that has one run of each.

    Development rows choose where every run has a score on them. Elsewhere, as of targets without training, half of the
    test rows choose, and the other half is reported.

    Args:
        scores: by the main metrics of their tasks.
        gains: on all test rows, by arm and seed.

    Returns:
        None where nothing chooses: no development scores, and predictions that are gone.

    Raises:
        SettingsError: there are too few rows to halve.
    """
    own = scores.where({"task": target})
    seeds = sorted(set.intersection(*(set(gains[task]) for task in tasks)))
    found = {}
    for (seed,), of_seed in own.groups("seed").items():
        chosen = studykit.development_scores(of_seed, tasks)
        if chosen is None or chosen.means.keys() != set(tasks):
            return _by_half(own, target, tasks, seeds)
        found[int(seed)] = chosen.best[0]
    chosen_gains = {seed: gains[found[seed]][seed] for seed in seeds}
    return Picked(target=target, by=DEVELOPMENT, arms=found, gains=chosen_gains)


def _by_half(scores: studykit.Scores, target: str, tasks: Sequence[str], seeds: Sequence[int]) -> Picked | None:
    by_run = scores.where({"arm": [NONE, *tasks]}).groups("seed", "arm")
    try:
        halves = {
            run: studykit.mean_halves(studykit.half_scores(scores, row) for row in own.rows)
            for run, own in by_run.items()
        }
    except studykit.NothingToShow:
        return None
    found = {seed: max(tasks, key=lambda task: halves[seed, task].first) for seed in seeds}
    gains = {seed: halves[seed, arm].second - halves[seed, NONE].second for seed, arm in found.items()}
    return Picked(target=target, by=HALF, arms=found, gains=gains)


def mean_gains(picked: Sequence[Picked]) -> dict[int, float]:
    """The mean over targets, for each seed."""
    return {seed: fmean(one.gains[seed] for one in picked) for seed in picked[0].gains}
