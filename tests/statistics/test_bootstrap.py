"""Bootstrap intervals of scores and gains."""

from __future__ import annotations

from itertools import product
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest

from harness.metrics import percent_of_items
from harness.statistics import bootstrap as module
from harness.statistics.bootstrap import bootstrap, paired_gain
from harness.statistics.intervals import Interval
from harness.statistics.shares import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

Rows = npt.NDArray[np.float64]


def f1(sums: Sequence[float], n: int) -> float:
    right, predicted, gold = sums
    return 200.0 * right / (predicted + gold) if predicted + gold else 0.0


def right_items(n: int, share: float, seed: int) -> Rows:
    return (np.random.default_rng(seed).random((n, 1)) < share).astype(float)


def width(interval: Interval) -> float:
    return interval.high - interval.low


def test_equal_seeds_give_equal_intervals_and_others_do_not() -> None:
    rows = np.random.default_rng(0).random((200, 1))
    first = bootstrap(rows, percent_of_items, seed=3)
    assert bootstrap(rows, percent_of_items, seed=3) == first
    assert bootstrap(rows, percent_of_items, seed=4) != first
    assert (first.level, first.method) == (0.95, "bootstrap")


def test_draws_do_not_depend_on_the_memory_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = right_items(333, 0.7, 0)
    whole = bootstrap(rows, percent_of_items, resamples=500)
    monkeypatch.setattr(module, "CHUNK_BYTES", 8 * 333 * 7)
    assert bootstrap(rows, percent_of_items, resamples=500) == whole


def test_two_items_have_the_distribution_of_all_resamples() -> None:
    # Resamples of a wrong and a right item score 0, 50, 50, 100 with equal chance, so a 40 % interval holds only 50.
    rows = [[0.0], [1.0]]
    inner = bootstrap(rows, percent_of_items, level=0.4, resamples=4000)
    outer = bootstrap(rows, percent_of_items, level=0.6, resamples=4000)
    assert (inner.low, inner.high) == (50.0, 50.0)
    assert (outer.low, outer.high) == (0.0, 100.0)


def test_value_is_computed_from_the_sums_of_a_resample() -> None:
    # The 27 equally likely resamples of three items are the scores that may come, and their mean the one to come near.
    rows = np.array([[1.0, 1.0, 2.0], [0.0, 2.0, 1.0], [2.0, 2.0, 2.0]])
    every = [f1(rows[list(drawn)].sum(axis=0).tolist(), 3) for drawn in product(range(3), repeat=3)]
    drawn_scores = []

    def value(sums: Sequence[float], n: int) -> float:
        drawn_scores.append(f1(sums, n))
        return drawn_scores[-1]

    bootstrap(rows, value, resamples=20_000)
    assert set(drawn_scores) == set(every)
    assert fmean(drawn_scores) == pytest.approx(fmean(every), abs=0.5)


def test_accuracy_agrees_with_wilson() -> None:
    rows = right_items(1000, 0.7, 1)
    ours = bootstrap(rows, percent_of_items, resamples=4000)
    theirs = wilson(rows.sum(), len(rows))
    # Both are about 5.7 points wide here.
    assert ours.low == pytest.approx(theirs.low, abs=0.3)
    assert ours.high == pytest.approx(theirs.high, abs=0.3)


def test_more_items_than_small_integers_can_number() -> None:
    rows = np.zeros((70_000, 1))
    rows[2**16 :] = 1.0
    interval = bootstrap(rows, percent_of_items, resamples=200)
    share = 100 * (70_000 - 2**16) / 70_000
    assert interval.low < share < interval.high
    assert width(interval) < 1.0


def test_coverage_of_a_mean() -> None:
    draw = np.random.default_rng(0)
    intervals = [
        bootstrap(draw.beta(2.0, 1.0, (100, 1)), percent_of_items, resamples=300, seed=trial) for trial in range(300)
    ]
    covered = fmean(interval.low <= 200 / 3 <= interval.high for interval in intervals)
    # Nominal 95 %, a little less for percentiles at n = 100; 300 samples add 3.8 points of noise (three errors).
    assert 0.90 <= covered <= 0.98


def test_coverage_of_clustered_questions() -> None:
    # Twenty-five questions a paragraph which share an effect: only resampling paragraphs covers the truth.
    draw = np.random.default_rng(0)
    clusters = np.repeat(np.arange(40), 25)
    covered = {"items": 0, "clusters": 0}
    for trial in range(100):
        rows = (draw.random(1000) < np.repeat(draw.beta(2.0, 2.0, 40), 25)).astype(float)[:, None]
        by_item = bootstrap(rows, percent_of_items, resamples=300, seed=trial)
        by_cluster = bootstrap(rows, percent_of_items, resamples=300, seed=trial, clusters=clusters)
        covered["items"] += by_item.low <= 50.0 <= by_item.high
        covered["clusters"] += by_cluster.low <= 50.0 <= by_cluster.high
    assert covered["clusters"] / 100 >= 0.88
    assert covered["items"] / 100 <= 0.75


def test_clusters_are_drawn_whole() -> None:
    # Two paragraphs, one all right and one all wrong: scores can only be 0, 75 (6 of 8 by size) or 100.
    rows = [[1.0]] * 6 + [[0.0]] * 2
    scores: set[float] = set()

    def value(sums: Sequence[float], n: int) -> float:
        scores.add(100 * sums[0] / n)
        return 100 * sums[0] / n

    # Labels need be neither dense nor sorted nor neighbours.
    bootstrap([rows[0], rows[7], *rows[1:7]], value, clusters=[9, -2, 9, 9, 9, 9, 9, -2], resamples=50)
    assert scores == {0.0, 75.0, 100.0}


def test_one_item_a_cluster_is_the_item_bootstrap() -> None:
    rows = right_items(100, 0.6, 0)
    assert bootstrap(rows, percent_of_items, clusters=np.arange(100)) == bootstrap(rows, percent_of_items)


def test_paired_gain_is_narrower_than_the_difference_of_independent_scores() -> None:
    # b errs where a does, and on a tenth of the rest.
    a = right_items(1000, 0.7, 0)
    b = a * right_items(1000, 0.9, 1)
    gain = paired_gain(a, b, percent_of_items)
    apart = width(bootstrap(a, percent_of_items)) ** 2 + width(bootstrap(b, percent_of_items, seed=1)) ** 2
    assert width(gain) < 0.6 * apart**0.5
    assert gain.low < 100 * (a.mean() - b.mean()) < gain.high
    assert gain.low > 0
    assert gain.method == "paired bootstrap"


def test_gain_over_itself_is_zero_in_every_resample() -> None:
    rows = np.random.default_rng(0).integers(0, 4, (50, 3)).astype(float)
    gain = paired_gain(rows, rows, f1)
    assert (gain.low, gain.high) == (0.0, 0.0)


def test_gain_changes_sign_with_the_order() -> None:
    a, b = right_items(300, 0.8, 0), right_items(300, 0.6, 1)
    forth, back = paired_gain(a, b, percent_of_items), paired_gain(b, a, percent_of_items)
    assert forth.low > 0
    assert (back.low, back.high) == pytest.approx((-forth.high, -forth.low))


@pytest.mark.parametrize("statistics", [[], [1.0, 0.0], np.zeros((0, 2))])
def test_statistics_are_rows_of_items(statistics: npt.ArrayLike) -> None:
    with pytest.raises(ValueError, match="one row of numbers an item"):
        bootstrap(statistics, percent_of_items)


def test_arrays_must_fit_together() -> None:
    rows = np.ones((3, 1))
    with pytest.raises(ValueError, match="clusters of shape"):
        bootstrap(rows, percent_of_items, clusters=[1, 2])
    with pytest.raises(ValueError, match="differ in shape"):
        paired_gain(rows, rows[:2], percent_of_items)
