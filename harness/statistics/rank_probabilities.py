"""How probable each rank of each system is, beside the ranks that it can have (`rank_intervals`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.statistics.parts import Floats
from harness.statistics.rank_intervals import ranked_scores
from harness.statistics.refusal import CannotConclude

DRAWS = 10_000
DECIMALS = 9
"""Of scores, beyond which equal ones may differ."""


def rank_probabilities(
    scores: Sequence[Sequence[float]], *, draws: int = DRAWS, seed: int = 0
) -> tuple[tuple[float, ...], ...]:
    """How probable each rank of systems is that were scored with the same seeds, if other seeds were taken.

    Means of all systems are drawn anew from Student's t distribution of several variables, with the spreads and the
    correlations that the seeds show, and ranked each time, as Sälevä, Ataman and Lignos 2025 (arXiv 2509.22612) rank
    replications. Of two systems the better one is then the best with a probability of one minus the one-sided p of the
    paired t test; a bootstrap of few seeds is surer than they allow. Systems that are alike share their ranks evenly.

    Unlike rank intervals these probabilities are corrected for nothing: of many systems that are equally good one is
    more probably the best than each of the others.

    Args:
        scores: of each system, one score per seed, in one order of seeds; more is better.
        draws: how often means are drawn; probabilities are known within 0.01 with 10,000.
        seed: decides the draws.

    Returns:
        Of each system the probability of each rank, the best one first; the first is that of being best.

    Raises:
        CannotConclude: fewer than two systems or seeds, scores that are not finite, systems that are all alike, or two
            that differ by the same in every seed, whose order no seeds could change.
        ValueError: systems with other numbers of seeds.
    """
    unlike = _unlike(ranked_scores(scores))
    means = _other_means(unlike.scores, draws, np.random.default_rng(seed))
    ranks = np.zeros((len(means[0]), len(scores)))
    for place, count in enumerate(unlike.counts.tolist()):
        better = (means > means[:, [place]]) @ unlike.counts
        firsts = np.bincount(better, minlength=len(scores)) / draws
        for shared in range(count):
            ranks[place, shared:] += firsts[: len(scores) - shared] / count
    return tuple(tuple(ranks[place].tolist()) for place in unlike.places)


def _other_means(scores: Floats, draws: int, generator: np.random.Generator) -> Floats:
    """Means over other seeds, (draws, systems)."""
    middle, seeds = scores.mean(axis=1), scores.shape[1]
    noise = generator.standard_normal((draws, seeds)) @ (scores - middle[:, None]).T
    # Noise has the covariance of the seeds times one less than their number; the root is of a mean's t.
    return np.asarray(middle + noise / np.sqrt(seeds * generator.chisquare(seeds - 1, (draws, 1))))


@dataclass(frozen=True, eq=False)
class _Unlike:
    """Systems that differ.

    Attributes:
        scores: (systems, seeds).
        counts: how many are like each of them.
        places: of each of all systems its place among these.
    """

    scores: Floats
    counts: npt.NDArray[np.int64]
    places: list[int]


def _unlike(scores: Sequence[Sequence[float]]) -> _Unlike:
    systems, places, counts = np.unique(np.round(scores, DECIMALS), axis=0, return_inverse=True, return_counts=True)
    if len(systems) < 2:
        raise CannotConclude("all systems are alike in every seed, so none can be better")
    for place, one in enumerate(systems[:-1]):
        if (np.ptp(np.round(systems[place + 1 :] - one, DECIMALS), axis=1) == 0).any():
            raise CannotConclude("two systems differ by the same in every seed, which says nothing about other seeds")
    return _Unlike(systems, counts, places.reshape(-1).tolist())
