"""How probable ranks are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from harness.statistics.rank_probabilities import rank_probabilities
from harness.statistics.refusal import CannotConclude


@pytest.mark.parametrize("seeds", [2, 3, 5, 20])
def test_of_two_systems_it_is_the_one_sided_paired_t_test(seeds: int) -> None:
    rng = np.random.default_rng(seeds)
    left, right = 70.5 + rng.normal(0, 1, seeds), 70 + rng.normal(0, 1, seeds)
    p = float(stats.ttest_rel(left, right, alternative="greater").pvalue)
    (first, second), (other, _) = rank_probabilities([left.tolist(), right.tolist()], draws=40_000)
    assert first == pytest.approx(1 - p, abs=0.01)
    assert (second, other) == pytest.approx((1 - first, 1 - first))


def test_of_many_seeds_it_is_that_of_independent_normal_means() -> None:
    # Four orthogonal contrasts of 400 seeds are spreads without any correlation, and t is nearly normal.
    seeds = 400
    waves = [np.cos(2 * np.pi * k * (np.arange(seeds) + 0.5) / seeds) for k in (1, 2, 3, 4)]
    means, errors = np.array([0.3, 0.2, 0.0, -0.1]), np.array([0.1, 0.2, 0.3, 0.1])
    scores = [m + e * math.sqrt(2 * (seeds - 1)) * w for m, e, w in zip(means, errors, waves, strict=True)]
    found = np.array(rank_probabilities([one.tolist() for one in scores], draws=40_000))

    x = np.linspace(-3, 3, 6001)
    below = stats.norm.cdf(x, means[:, None], errors[:, None])
    density = stats.norm.pdf(x, means[:, None], errors[:, None])
    best = [
        float(np.sum(density[place] * np.delete(below, place, axis=0).prod(axis=0)) * (x[1] - x[0]))
        for place in range(4)
    ]
    assert sum(best) == pytest.approx(1, abs=1e-3)
    assert found[:, 0] == pytest.approx(best, abs=0.01)
    assert found.sum(axis=0) == pytest.approx(1)
    assert found.sum(axis=1) == pytest.approx(1)


def test_a_seed_that_moves_all_systems_alike_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    scores = 70 + rng.normal(0, 1, (3, 5))
    moved = scores + rng.normal(0, 30, 5)
    first, second = (np.array(rank_probabilities(one.tolist())) for one in (scores, moved))
    assert first == pytest.approx(second, abs=0.02)
    assert not np.allclose(first, 1 / 3, atol=0.05)


def test_the_unit_of_scores_changes_nothing() -> None:
    scores = np.array([[70.2, 71.3, 69.9], [70.1, 70.6, 70.3], [69.5, 71.4, 69.8]])
    first, second = (np.array(rank_probabilities(one.tolist())) for one in (scores, scores / 1e6))
    assert first == pytest.approx(second, abs=0.001)


def test_systems_that_are_alike_share_their_ranks() -> None:
    same, other = [70.0, 71.0, 72.5], [69.5, 71.5, 70.5]
    found = rank_probabilities([same, other, same])
    better = 1 - float(stats.ttest_rel(same, other, alternative="greater").pvalue)
    assert found[0] == found[2]
    assert found[1][2] == pytest.approx(better, abs=0.01)
    assert found[0] == pytest.approx((better / 2, 0.5, (1 - better) / 2), abs=0.01)


def test_who_is_called_the_best_for_sure_seldom_is_not() -> None:
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(400):
        scores = np.array([70.0, 70.0])[:, None] + rng.normal(0, 1, (2, 4))
        wrong += max(one[0] for one in rank_probabilities(scores.tolist(), draws=2000)) >= 0.975
    # Two equal systems: 5 % of experiments, three standard errors of 400 are 3.3 points.
    assert 1.7 <= 100 * wrong / 400 <= 8.3


def test_draws_are_those_of_the_seed() -> None:
    scores = [[70.0, 71.0], [70.5, 70.2]]
    assert rank_probabilities(scores, seed=3) == rank_probabilities(scores, seed=3)
    assert rank_probabilities(scores, seed=3) != rank_probabilities(scores, seed=4)


@pytest.mark.parametrize(
    ("scores", "why"),
    [
        ([[1.0, 2.0]], "two systems"),
        ([], "two systems"),
        ([[1.0], [2.0]], "two seeds"),
        ([[1.0, 2.0], [1.0, float("nan")]], "not finite"),
        ([[1.0, 2.0], [1.0, 2.0]], "all systems are alike"),
        ([[0.1 + 0.2, 2.0], [0.3, 2.0]], "all systems are alike"),
        ([[70.0, 71.0], [71.0, 72.0], [60.0, 60.5]], "differ by the same in every seed"),
    ],
)
def test_what_cannot_be_concluded(scores: list[list[float]], why: str) -> None:
    with pytest.raises(CannotConclude, match=why):
        rank_probabilities(scores)


def test_other_numbers_of_seeds_are_an_error() -> None:
    with pytest.raises(ValueError, match="other numbers of them"):
        rank_probabilities([[1.0, 2.0], [2.0]])
