"""Ranks of images and captions as scores: hits, nDCG and medians against numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from harness.item_scores import item_scores
from harness.registry import Registry
from harness.statistics.refusal import CannotConclude

REGISTRY = Registry()


def predictions(ranks: list[int], caption_ranks: list[list[int]]) -> dict[str, Any]:
    return {
        "rank": ranks,
        "caption_ranks": caption_ranks,
        "gold": [["a"]] * len(ranks),
        "language": ["en"] * len(ranks),
        "key": [str(number) for number in range(len(ranks))],
        "item": [str(number) for number in range(len(ranks))],
    }


def score(metric: str, ranks: list[int], caption_ranks: list[list[int]] | None = None) -> float:
    return item_scores(REGISTRY.metric(metric), predictions(ranks, caption_ranks or [[] for _ in ranks])).value


@pytest.mark.parametrize("ranks", [[1], [1, 2], [3, 1, 2], [100, 1, 99, 98], [7, 7, 7, 90], [2, 9, 1, 1, 40, 41]])
def test_medians_up_to_a_hundred_are_exact(ranks: list[int]) -> None:
    assert score("median_rank", ranks) == np.median(ranks)


@pytest.mark.parametrize("seed", range(20))
def test_medians_above_are_within_a_hundredth(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ranks = rng.integers(1, int(10 ** rng.uniform(2.3, 6)), 501).tolist()
    assert score("median_rank", ranks) == pytest.approx(float(np.median(ranks)), rel=0.011)


def test_a_median_is_of_images_by_their_best_caption_and_the_lower_the_better() -> None:
    assert score("caption_median_rank", [1] * 5, [[4, 9], [], [2, 3, 70], [], [8]]) == 4
    for name in ("median_rank", "caption_median_rank"):
        metric = REGISTRY.metric(name)
        assert (metric.higher_is_better, metric.unit) == (False, "rank")


def test_a_median_has_no_interval_and_says_so() -> None:
    scores = item_scores(REGISTRY.metric("median_rank"), predictions([1, 5, 9], [[], [], []]))
    assert scores.interval() is None
    with pytest.raises(CannotConclude, match="median_rank has no interval"):
        scores.gain_interval(scores)


def test_hits_recall_and_gain_by_hand() -> None:
    ranks, captions = [1, 6, 11, 2], [[1, 12], [], [], [3, 5]]
    assert [score(f"hit_rate_at_{cut}", ranks) for cut in (1, 5, 10)] == [25, 50, 75]
    assert [score(f"caption_hit_rate_at_{cut}", ranks, captions) for cut in (1, 5, 10)] == [50, 100, 100]
    assert [score(f"caption_recall_at_{cut}", ranks, captions) for cut in (1, 5, 10)] == [25, 75, 75]
    gains = [1.0, 1 / math.log2(7), 0.0, 1 / math.log2(3)]
    assert score("ndcg_at_10", ranks) == pytest.approx(25 * sum(gains))
    ideal = 1 + 1 / math.log2(3)
    of_images = [1 / ideal, (1 / math.log2(4) + 1 / math.log2(6)) / ideal]
    assert score("caption_ndcg_at_10", ranks, captions) == pytest.approx(50 * sum(of_images))
