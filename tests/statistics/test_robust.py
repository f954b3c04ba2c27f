"""Middle half and worst quarter."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import trim_mean

from harness.metrics import percent_of_items
from harness.statistics.joint import joint_interval
from harness.statistics.parts import Part
from harness.statistics.robust import interquartile_mean, worst_quarter_mean


@pytest.mark.parametrize("parts", [1, 3, 4, 7, 12, 15])
def test_interquartile_mean_is_rliable_s(parts: int) -> None:
    scores = np.random.default_rng(parts).random((5, parts))
    assert interquartile_mean(scores) == pytest.approx(trim_mean(scores, 0.25, axis=1))


def test_worst_quarter() -> None:
    assert worst_quarter_mean(np.array([[4.0, 1.0, 3.0, 2.0, 8.0, 7.0, 6.0, 5.0]]))[0] == 1.5
    # A quarter of six languages is one and a half.
    assert worst_quarter_mean(np.array([[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]]))[0] == pytest.approx((1 + 0.5 * 2) / 1.5)
    assert worst_quarter_mean(np.array([[3.0, 2.0]]))[0] == 2.0


def test_both_stand_where_a_mean_does() -> None:
    rng = np.random.default_rng(0)
    rows = [(rng.random((300, 1)) < share).astype(float) for share in (0.2, 0.6, 0.7, 0.9)]
    parts = [Part(statistics=row, value=percent_of_items, units=range(300)) for row in rows]
    worst = joint_interval(parts, worst_quarter_mean)
    assert worst.low < 100 * rows[0].mean() < worst.high
    middle = joint_interval(parts, interquartile_mean)
    assert middle.low < 50 * (rows[1].mean() + rows[2].mean()) < middle.high
