"""Effect sizes: how much of what is above chance, and how many standard deviations of seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, variance

from harness.statistics.refusal import CannotConclude, finite

PERFECT = 100.0


def share_above_chance(score: float, chance: float) -> float:
    """How far a score is from chance to perfect, 0 to 1; below 0 if it is worse than chance (Cohen 1960).

    Args:
        score: in percent.
        chance: score of guessing, in percent, as `Task.chance`.

    Raises:
        CannotConclude: chance is perfect, or a score is not finite.
    """
    found, guessed = finite([score, chance], "scores")
    if guessed >= PERFECT:
        raise CannotConclude("guessing is perfect, so there is nothing above chance")
    return (found - guessed) / (PERFECT - guessed)


def relative_gain(left: float, right: float, chance: float) -> float:
    """The gain of left over right as a share of what right has above chance: 0.1 is a tenth more.

    Args:
        left, right: in percent.
        chance: score of guessing, in percent.

    Raises:
        CannotConclude: right is not above chance, so that any gain would look endless.
    """
    above = share_above_chance(right, chance)
    if above <= 0:
        raise CannotConclude(
            f"a score of {right:.1f} is not above chance, which is {chance:.1f}, so no gain is relative to it"
        )
    return (share_above_chance(left, chance) - above) / above


def in_seed_deviations(left: Sequence[float], right: Sequence[float]) -> float:
    """The difference of two means in standard deviations over seeds, which both sides' seeds are averaged for.

    Cohen's d with Hedges' correction for few seeds (Hedges 1981); scaled by the spread of seeds as Sälevä, Ataman and
    Lignos 2025 (arXiv 2509.22612) scale effects.

    Args:
        left, right: one score per seed.

    Raises:
        CannotConclude: fewer than two seeds on a side, values that are not finite, or no spread.
    """
    a, b = finite(left, "seeds on each side", least=2), finite(right, "seeds on each side", least=2)
    spread = math.sqrt((variance(a) + variance(b)) / 2)
    if spread <= 1e-12 * max(abs(value) for value in (*a, *b)):
        raise CannotConclude("all seeds of a side give the same value, so a difference has nothing to be scaled by")
    correction = 1 - 3 / (4 * (len(a) + len(b) - 2) - 1)
    return correction * (fmean(a) - fmean(b)) / spread
