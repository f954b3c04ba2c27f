"""Sums of units drawn anew and of units that are swapped."""

from __future__ import annotations

import numpy as np
import pytest

from harness.statistics import resampling
from harness.statistics.resampling import all_flipped_sums, flipped_sums, redrawn_sums


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def test_drawing_counts_of_few_distinct_rows_is_drawing_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.array([[1.0, 1.0]] * 130 + [[0.0, 1.0]] * 70)
    monkeypatch.setattr(resampling, "DRAW_COUNTS_BELOW", 1.0)
    by_count = redrawn_sums(table, 20_000, generator())
    monkeypatch.setattr(resampling, "DRAW_COUNTS_BELOW", 0.0)
    by_row = redrawn_sums(table, 20_000, generator())
    for sums in (by_count, by_row):
        assert (sums[:, 1] == 200).all()
        # Binomial of 200 and 0.65: mean 130, variance 45.5; four standard errors of 20,000 draws.
        assert sums[:, 0].mean() == pytest.approx(130, abs=0.2)
        assert sums[:, 0].var() == pytest.approx(45.5, abs=1.9)


def test_flips_take_half_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.array([[1.0], [-1.0]] * 101 + [[2.0]])
    for share in (0.0, 1.0):
        monkeypatch.setattr(resampling, "DRAW_COUNTS_BELOW", share)
        sums = flipped_sums(table, 20_000, generator())[:, 0]
        assert sums.mean() == pytest.approx(1.0, abs=0.2)
        assert sums.var() == pytest.approx((202 + 4) / 4, abs=2.1)


def test_draws_do_not_depend_on_the_memory_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.random.default_rng(1).random((333, 2))
    whole = redrawn_sums(table, 500, generator())
    monkeypatch.setattr(resampling, "CHUNK_BYTES", 8 * 333 * 7)
    assert np.array_equal(redrawn_sums(table, 500, generator()), whole)


def test_all_flips_are_all_sets() -> None:
    assert sorted(all_flipped_sums(np.array([[1.0], [2.0], [4.0]]))[:, 0].tolist()) == [0, 1, 2, 3, 4, 5, 6, 7]
