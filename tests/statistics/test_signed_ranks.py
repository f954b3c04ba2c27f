"""Wilcoxon's signed-rank test: against all signs by hand, and against scipy."""

from __future__ import annotations

import numpy as np
import pytest

from harness.statistics.refusal import CannotConclude
from harness.statistics.signed_ranks import signed_ranks


def p_of(differences: list[float]) -> float:
    return signed_ranks(differences, answers="other pairs", unit="pairs").p


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.0], 2 / 32),
        ([-1.0, 2.0, 3.0, 4.0, 5.0], 4 / 32),
        ([1.0, -2.0, 0.0, 3.0], 6 / 8),
        # Two share the ranks 1 and 2: the sums of the 16 signs are 0, 1.5 (twice), 3 (twice), ...
        ([1.0, -1.0, 3.0, 4.0], 6 / 16),
        ([0.1 + 0.2, -0.3, 3.0, 4.0], 6 / 16),
        ([0.1 + 0.2 - 0.3, 1.0, 2.0], 2 / 4),
    ],
)
def test_p_is_that_of_all_signs(differences: list[float], p: float) -> None:
    assert p_of(differences) == pytest.approx(p)


def test_p_and_statistic_are_those_of_scipy() -> None:
    from scipy.stats import wilcoxon

    drawn = np.random.default_rng(1).normal(0.3, 1.0, (20, 18))
    for differences in drawn.tolist():
        expected = wilcoxon(differences, method="exact")
        found = signed_ranks(differences, answers="other pairs", unit="pairs")
        assert found.p == pytest.approx(expected.pvalue)
        assert min(found.statistic, 18 * 19 / 2 - found.statistic) == pytest.approx(expected.statistic)
        assert (found.n, found.unit, found.answers) == (18, "pairs", "other pairs")


@pytest.mark.parametrize("differences", [[], [0.0, 0.0], [1.0, float("nan")]])
def test_nothing_is_said_without_differences(differences: list[float]) -> None:
    with pytest.raises(CannotConclude):
        p_of(differences)
