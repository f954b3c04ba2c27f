"""Rank correlations within cells, permutations of whole sources, and rankings: against closed forms and counts."""

from __future__ import annotations

import itertools
import math
from statistics import fmean

import numpy as np
import pytest
from harness_plugins.studies.similarity import ranks
from harness_plugins.studies.similarity.picks import ndcg, regret
from harness_plugins.studies.similarity.ranks import (
    association,
    interaction,
    partial_association,
    permuted_sources,
    rank_correlations,
    reliability,
    weights_of,
)
from scipy.stats import rankdata, spearmanr

from harness.statistics.refusal import CannotConclude

PLACES = [("t", "sw"), ("t", "te"), ("u", "sw")]
RNG = np.random.default_rng(5)
ONE, OTHER = RNG.normal(size=(2, 3, 6))


def test_correlations_are_spearmans_with_ties() -> None:
    one = np.array([[1.0, 1.0, 2.0, 5.0, 5.0, 9.0]])
    other = np.array([[3.0, 1.0, 1.0, 2.0, 8.0, 7.0]])
    assert rank_correlations(one, other)[0] == pytest.approx(spearmanr(one[0], other[0]).statistic)
    gap = np.array([[1.0, 1.0, 2.0, np.nan, 5.0, 9.0]])
    kept = [0, 1, 2, 4, 5]
    assert rank_correlations(gap, other)[0] == pytest.approx(spearmanr(one[0][kept], other[0][kept]).statistic)
    assert math.isnan(rank_correlations(np.array([[1.0, 2.0, 3.0, np.nan]]), other[:, :4])[0])
    assert math.isnan(rank_correlations(np.ones((1, 6)), other)[0])


def test_tiny_differences_are_no_ties() -> None:
    one = np.array([[1e-12, 2e-12, 3e-12, 4e-12]])
    assert rank_correlations(one, np.array([[1.0, 2.0, 3.0, 4.0]]))[0] == pytest.approx(1)


def test_languages_count_within_targets() -> None:
    assert weights_of(PLACES, np.array([True, True, True])).tolist() == [0.25, 0.25, 0.5]
    assert weights_of(PLACES, np.array([True, False, True])).tolist() == [0.5, 0.0, 0.5]
    assert weights_of(PLACES, np.array([True, True, False])).tolist() == [0.5, 0.5, 0.0]


def expected_p(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """The correlation and p by going through all orders of whole rows, one by one."""

    def statistic(order: tuple[int, ...]) -> float:
        moved = one[:, list(order)]
        rhos = []
        for mine, theirs in zip(moved, other, strict=True):
            both = np.isfinite(mine) & np.isfinite(theirs)
            rhos.append(float(spearmanr(mine[both], theirs[both]).statistic))
        return 0.25 * rhos[0] + 0.25 * rhos[1] + 0.5 * rhos[2]

    every = [statistic(order) for order in itertools.permutations(range(6))]
    return every[0], fmean(abs(value) >= abs(every[0]) - 1e-9 for value in every)


@pytest.mark.parametrize("gaps", [(), ("gain",), ("similarity", "gain")])
def test_whole_rows_are_permuted(gaps: tuple[str, ...]) -> None:
    """A source that misses either number is left out of a cell, wherever it moves."""
    one, other = ONE.copy(), OTHER + 0.7 * ONE
    if "gain" in gaps:
        other[2, 1] = np.nan
    if "similarity" in gaps:
        one[2, 3] = np.nan
    found = association(PLACES, one, other, permuted_sources(6))
    rho, p = expected_p(one, other)
    assert (found.rho, found.p) == (pytest.approx(rho), pytest.approx(p))
    assert -1 <= found.low < found.rho < found.high <= 1


def test_a_yes_of_the_interval_is_one_of_the_permutations() -> None:
    for seed in range(40):
        one, other = np.random.default_rng(seed).normal(size=(2, 3, 6))
        found = association(PLACES, one, other + 0.5 * one, permuted_sources(6))
        assert (found.low > 0 or found.high < 0) == (found.p <= 0.05)


def test_permutations_are_all_of_few_sources_and_drawn_of_many() -> None:
    assert len({tuple(order) for order in permuted_sources(5)}) == math.factorial(5)
    many = permuted_sources(9)
    assert many[0].tolist() == list(range(9))
    assert all(sorted(order) == list(range(9)) for order in many[:50].tolist())
    assert (many == permuted_sources(9)).all()


def test_what_others_explain_is_taken_out() -> None:
    size = np.tile(np.arange(6.0), (3, 1))
    found = partial_association(PLACES, ONE, OTHER, [size], permuted_sources(6))

    def partial(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> float:
        a, b, c = (np.corrcoef(rankdata(p), rankdata(q))[0, 1] for p, q in ((x, y), (x, z), (y, z)))
        return float((a - b * c) / math.sqrt((1 - b**2) * (1 - c**2)))

    each = [partial(ONE[at], OTHER[at], size[at]) for at in range(3)]
    assert found.rho == pytest.approx(0.25 * each[0] + 0.25 * each[1] + 0.5 * each[2])
    with pytest.raises(CannotConclude):
        partial_association(PLACES, size, OTHER, [size], permuted_sources(6))


def test_residuals_are_permuted_and_freed_of_what_others_explain_again() -> None:
    size = np.tile([1.0, 2.0, 2.0, 4.0, 3.0, 6.0], (3, 1))
    other = OTHER + 0.7 * ONE
    found = partial_association(PLACES, ONE, other, [size], permuted_sources(6))

    def residuals(values: np.ndarray, known: np.ndarray) -> np.ndarray:
        columns = np.stack([np.ones(6), rankdata(known)], axis=1)
        return np.asarray(values - columns @ np.linalg.lstsq(columns, values, rcond=None)[0])

    def statistic(order: tuple[int, ...]) -> float:
        each = []
        for mine, theirs, known in zip(ONE, other, size, strict=True):
            moved = residuals(residuals(rankdata(mine), known)[list(order)], known)
            each.append(float(np.corrcoef(moved, residuals(rankdata(theirs), known))[0, 1]))
        return 0.25 * each[0] + 0.25 * each[1] + 0.5 * each[2]

    every = [statistic(order) for order in itertools.permutations(range(6))]
    assert found.rho == pytest.approx(every[0])
    assert found.p == pytest.approx(fmean(abs(value) >= abs(every[0]) - 1e-9 for value in every))


def test_redrawn_sources_are_ranked_as_often_as_they_are_drawn() -> None:
    gain = OTHER.copy()
    gain[1, 4] = np.nan
    sides, tops = (np.array([0.4, 0.6, 0.0]), np.array([0.0, 0.0, 1.0])), (0.5, 0.8)
    found = ranks._redrawn(ONE, gain, sides, tops, seed=3)
    times = np.random.default_rng(3).multinomial(6, np.full(6, 1 / 6), size=len(found))[:40]

    def correlation(at: int, drawn: np.ndarray) -> float:
        sources = [source for source in np.repeat(np.arange(6), drawn).tolist() if np.isfinite(gain[at, source])]
        return float(spearmanr(ONE[at, sources], gain[at, sources]).statistic) if len(set(sources)) > 1 else 0.0

    assert times.max() > 2
    assert found[:40].tolist() == pytest.approx(
        [
            (0.4 * correlation(0, drawn) + 0.6 * correlation(1, drawn)) / 0.5 - correlation(2, drawn) / 0.8
            for drawn in times
        ],
        abs=1e-8,
    )


def test_reliability_steps_one_seed_up_to_all() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(40, 60))
    gains = truth + rng.normal(size=(3, 40, 60))
    # Of one seed it is 1/2, of three 3/4 by Spearman and Brown; ranks have a little less.
    places = [(f"t{at}", "sw") for at in range(40)]
    assert reliability(gains, places) == pytest.approx(0.74, abs=0.03)
    with pytest.raises(CannotConclude):
        reliability(gains[:1], places)
    with pytest.raises(CannotConclude):
        reliability(np.stack([truth, -truth]), places)


def test_classes_are_compared_without_error() -> None:
    rng = np.random.default_rng(2)
    codes = ("sw", "te", "jv", "mr", "de", "zh", "ar", "ja")
    classes = {code: "low" if at < 4 else "high" for at, code in enumerate(codes)}
    places = [(target, code) for target in "tuv" for code in codes]
    alike = rng.normal(size=(24, 12))
    truth = np.array([row if classes[code] == "high" else -row for row, (_, code) in zip(alike, places, strict=True)])
    gains = truth + 0.3 * rng.normal(size=(4, 24, 12))
    found = interaction(places, alike, gains, classes)
    # Ranks are as opposed as noise allows, and noise is taken out.
    assert found.difference == pytest.approx(-2, abs=0.15)
    assert found.high < 0
    # As they are, and the other way round, of 70 ways.
    assert (found.p, found.least) == (pytest.approx(2 / 70), pytest.approx(2 / 70))
    same = interaction(places, alike, alike + 0.3 * rng.normal(size=(4, 24, 12)), classes)
    assert abs(same.difference) < 0.1
    assert same.p > 0.05
    with pytest.raises(CannotConclude):
        interaction(places, alike, gains, dict.fromkeys(codes, "low"))


def test_languages_called_otherwise_without_a_ceiling_count_as_being_as_far_out() -> None:
    agreed, not_agreed = [[1.0, 2, 3, 4], [1.0, 2, 3, 4]], [[1.0, 2, 3, 4], [2.0, 4, 3, 1]]
    codes = ("sw", "te", "de", "zh")
    places = [("t", code) for code in codes]
    # Seeds agree by 1 in the first language of a class, and by 1 - 6 * 14 / 60 = -0.4 in the second.
    gains = np.array([agreed, not_agreed, agreed, not_agreed]).swapaxes(0, 1)
    alike = gains.mean(0) * np.array([[1], [1], [-1], [-1]])
    found = interaction(places, alike, gains, {"sw": "low", "te": "low", "de": "high", "zh": "high"})
    # By 0.3 a class: two seeds have 2 * 0.3 / 1.3, and correlations of 1 and -1 are divided by its root.
    assert found.difference == pytest.approx(2 / math.sqrt(6 / 13))
    # Of six ways two are as these, two differ by 0, and the two that put te and zh together have no ceiling.
    assert (found.p, found.least) == (pytest.approx(4 / 6), pytest.approx(2 / 6))


def test_noisier_languages_are_not_taken_for_less_alike() -> None:
    rng = np.random.default_rng(3)
    codes = ("sw", "te", "jv", "mr", "de", "zh", "ar", "ja")
    classes = {code: "low" if at < 4 else "high" for at, code in enumerate(codes)}
    places = [(target, code) for target in "tuvwxyz" for code in codes]
    alike = rng.normal(size=(56, 12))
    noise = np.array([2.0 if classes[code] == "low" else 0.1 for _, code in places])
    gains = alike + noise[None, :, None] * rng.normal(size=(5, 56, 12))
    each = rank_correlations(alike, gains.mean(0))
    low = np.array([classes[code] == "low" for _, code in places])
    assert each[~low].mean() - each[low].mean() > 0.2
    assert abs(interaction(places, alike, gains, classes).difference) < 0.1


def test_rankings_are_scored_by_hand() -> None:
    gains = [4.0, 2.0, 0.0]
    assert ndcg([3, 2, 1], gains) == 1
    worst = (0.5 / math.log2(3) + 1 / 2) / (1 + 0.5 / math.log2(3))
    assert ndcg([1, 2, 3], gains) == pytest.approx(worst)
    # Ties are as any order of them.
    every = fmean(ndcg(order, gains) for order in itertools.permutations([1, 2, 3]))
    assert ndcg([0, 0, 0], gains) == pytest.approx(every)
    with pytest.raises(CannotConclude):
        ndcg([1, 2], [3.0, 3.0])


@pytest.mark.parametrize("k", [1, 2, 3])
def test_regret_of_ties_is_that_of_any_order(k: int) -> None:
    gains = [4.0, 2.0, 0.0, -3.0]
    assert regret([4, 3, 2, 1], gains, k) == 0
    assert regret([1, 2, 3, 4], gains, k) == {1: 7.0, 2: 4.0, 3: 2.0}[k]

    def of(orders: list[tuple[int, ...]]) -> float:
        return fmean(regret(order, gains, k) for order in orders)

    every = list(itertools.permutations(range(4)))
    assert regret([0, 0, 0, 0], gains, k) == pytest.approx(of(every))
    # The last one is first, the others tie.
    assert regret([0, 0, 0, 9], gains, k) == pytest.approx(of([order for order in every if order[3] == 3]))
