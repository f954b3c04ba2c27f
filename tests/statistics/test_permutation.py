"""Sign flips."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from harness.metrics import percent_of_items
from harness.statistics.distributions import fair_coin_tails
from harness.statistics.intervals import OTHER_ITEMS
from harness.statistics.multiple import benjamini_hochberg, holm
from harness.statistics.parts import Part
from harness.statistics.permutation import permuted_gain, sign_flips
from harness.statistics.refusal import CannotConclude

Rows = npt.NDArray[np.float64]


def f1(sums: Sequence[float], n: int) -> float:
    right, predicted, gold = sums
    return 200.0 * right / (predicted + gold) if predicted + gold else 0.0


def accuracy(rows: npt.ArrayLike, units: Sequence[int] | None = None) -> Part:
    return Part(statistics=np.reshape(np.asarray(rows, dtype=float), (-1, 1)), value=percent_of_items, units=units)


def test_all_signs_are_scipy_s_permutations() -> None:
    differences = [0.3, -0.1, 0.9, 0.4, 0.2, -0.6, 0.7, 0.05]
    theirs = stats.permutation_test((np.array(differences),), np.mean, permutation_type="samples", n_resamples=np.inf)
    test = sign_flips(differences, answers=OTHER_ITEMS)
    assert test.p == pytest.approx(theirs.pvalue)
    assert test.method == "sign flips, all of them"


def test_darwins_plants() -> None:
    # Fisher 1935: differences in height of fifteen pairs of plants, in eighths of an inch; of all 32,768
    # signs, 1,726 give a sum as far from zero.
    heights = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    test = sign_flips(heights, answers=OTHER_ITEMS, unit="pairs", flips=40_000)
    # Four standard errors of 40,000 draws.
    assert test.p == pytest.approx(1726 / 32768, abs=0.0045)


def test_draws_count_the_data_as_one_of_them() -> None:
    test = sign_flips([1.0] * 40, answers=OTHER_ITEMS, flips=999)
    assert test.p == 1 / 9991


def test_p_below_a_thousandth_is_known_as_well_as_one_above() -> None:
    # A fair coin that is thrown 17 times shows at most two heads or tails in 308 of 131,072 cases, and at most one in
    # 36: ten thousand draws would know a p of 0.000275 within a factor of 2 only.
    for negative, p in [(2, 308 / 131_072), (1, 36 / 131_072)]:
        found = sign_flips([-1.0] * negative + [1.0] * (17 - negative), answers=OTHER_ITEMS).p
        draws = 10_001 if negative == 2 else 100_001
        assert found == pytest.approx(p, abs=4 * (p / draws) ** 0.5)
        assert found * draws == pytest.approx(round(found * draws))


def test_a_real_effect_among_many_comparisons_can_be_told() -> None:
    p = permuted_gain([accuracy([1.0] * 100)], [accuracy([0.0] * 100)]).p
    assert benjamini_hochberg([p] + [0.5] * 599).p[0] < 0.01
    assert holm([p] + [0.5] * 599).p[0] < 0.01


def test_ties_do_not_change_p() -> None:
    assert sign_flips([1.0, 2.0, 3.0, 0.0], answers=OTHER_ITEMS).p == sign_flips([1, 2, 3], answers=OTHER_ITEMS).p


@pytest.mark.parametrize(
    ("differences", "why"),
    [([], "one items or more, not no"), ([0.0, 0.0], "ties"), ([1.0, float("inf")], "not finite")],
)
def test_what_cannot_be_concluded(differences: list[float], why: str) -> None:
    with pytest.raises(CannotConclude, match=why):
        sign_flips(differences, answers=OTHER_ITEMS)


def test_accuracy_is_mcnemars_exact_test() -> None:
    left, right = [1.0] * 9 + [0.0] * 2 + [1.0] * 30, [0.0] * 9 + [1.0] * 2 + [1.0] * 30
    test = permuted_gain([accuracy(left)], [accuracy(right)])
    assert test.p == pytest.approx(fair_coin_tails(9, 11))
    assert test.n == 11
    assert test.statistic == pytest.approx(100 * 7 / 41)
    many = permuted_gain([accuracy(left * 10)], [accuracy(right * 10)])
    assert many.p == 1 / 100_001


def test_f1_of_all_swaps() -> None:
    rng = np.random.default_rng(0)
    left, right = (rng.integers(0, 4, (6, 3)).astype(float) for _ in range(2))
    gains = []
    for swaps in product((False, True), repeat=6):
        sides = np.where(np.array(swaps)[:, None], right, left), np.where(np.array(swaps)[:, None], left, right)
        gains.append(f1(sides[0].sum(axis=0).tolist(), 6) - f1(sides[1].sum(axis=0).tolist(), 6))
    as_far = np.mean(np.abs(gains) >= abs(gains[0]) - 1e-9)
    test = permuted_gain([Part(statistics=left, value=f1)], [Part(statistics=right, value=f1)])
    assert test.p == pytest.approx(as_far)
    assert test.statistic == pytest.approx(gains[0])


def test_a_unit_is_swapped_in_all_its_languages() -> None:
    # Two copies of one language are no more evidence than one.
    left, right = [1.0] * 6 + [0.0] * 20, [0.0] * 26
    once = permuted_gain([accuracy(left, range(26))], [accuracy(right, range(26))])
    twice = permuted_gain([accuracy(left, range(26))] * 2, [accuracy(right, range(26))] * 2)
    apart = permuted_gain([accuracy(left)] * 2, [accuracy(right)] * 2)
    assert once.p == twice.p == pytest.approx(2 / 64)
    assert apart.p == pytest.approx(2 / 4096)


def test_p_values_of_no_difference_are_evenly_spread() -> None:
    rng = np.random.default_rng(0)
    p = []
    for trial in range(300):
        left, right = (rng.integers(0, 4, (40, 3)).astype(float) for _ in range(2))
        sides = [Part(statistics=left, value=f1)], [Part(statistics=right, value=f1)]
        p.append(permuted_gain(*sides, flips=200, seed=trial).p)
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_alike_on_every_item() -> None:
    with pytest.raises(CannotConclude, match="alike on every item"):
        permuted_gain([accuracy([1, 0, 1])], [accuracy([1, 0, 1])])
