"""Scores on halves of the items."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.item_scores import ItemScores
from harness.metrics import Metric
from harness.results.scores import Items, Row, Scores, no_items
from harness.studies.halves import Halves, half_scores, mean_halves
from tests.raising import raises_code

RIGHT = Metric(name="right", kinds=("text-classification",), statistics=lambda _: [])
LOSS = replace(RIGHT, name="loss", value=lambda sums, n: sums[0] / n, higher_is_better=False)
ITEMS = tuple(f"item {number}" for number in range(40))
ROW = {"arm": "none", "seed": 1, "task": "xnli", "language": "de", "metric": "right"}


def scores(values: list[float], items: tuple[str, ...] = ITEMS) -> Scores:
    """Scores whose items have these numbers."""

    def of(row: Row) -> ItemScores:
        metric = LOSS if row["metric"] == "loss" else RIGHT
        return ItemScores(metric, np.array(values)[:, None], None, items)

    return Scores([ROW], of)


def test_both_halves_together_are_all_items() -> None:
    numbers = [float(number % 3 == 0) for number in range(40)]
    found = half_scores(scores(numbers), ROW)
    first = [half_scores(scores([float(item == one) for item in ITEMS]), ROW).first > 0 for one in ITEMS]
    assert 10 < sum(first) < 30
    halves = [[value for value, mine in zip(numbers, first, strict=True) if mine is half] for half in (True, False)]
    assert (found.first, found.second) == pytest.approx(tuple(100 * sum(half) / len(half) for half in halves))


def test_an_item_is_in_one_half_wherever_it_stands() -> None:
    numbers = [float(number % 3 == 0) for number in range(40)]
    there = half_scores(scores(numbers), ROW)
    other = half_scores(scores(numbers[::-1], ITEMS[::-1]), {**ROW, "language": "sw", "arm": "mnli", "seed": 2})
    assert other == there
    assert half_scores(scores(numbers), {**ROW, "task": "xcopa"}) != there


def always(items: ItemScores) -> Items:
    return lambda _: items


def test_questions_of_a_passage_are_in_one_half() -> None:
    passages = np.array([number // 4 for number in range(40)])

    def first(items: tuple[str, ...], clusters: np.ndarray[Any, Any]) -> list[bool]:
        """Whether each item counts in the first half."""
        found = []
        for one in range(40):
            values = np.array([float(place == one) for place in range(40)])[:, None]
            whole = Scores([ROW], always(ItemScores(RIGHT, values, clusters, items)))
            found.append(half_scores(whole, ROW).first > 0)
        return found

    there = first(ITEMS, passages)
    by_passage = [there[start : start + 4] for start in range(0, 40, 4)]
    assert all(len(set(own)) == 1 for own in by_passage)
    assert len({own[0] for own in by_passage}) == 2
    # Passages have other numbers and another order where other rows come before.
    assert first(ITEMS[::-1], 7 * passages[::-1]) == there[::-1]


def test_a_loss_is_turned_round() -> None:
    found = half_scores(scores([2.0] * 40), ROW, "loss")
    assert found == Halves(-2.0, -2.0)


def test_halves_of_several_languages_are_averaged() -> None:
    assert mean_halves([Halves(1, 2), Halves(3, 6)]) == Halves(2, 4)


def test_what_cannot_be_halved_is_refused() -> None:
    with raises_code("no-stored-items"):
        half_scores(Scores([ROW], no_items), ROW)
    with raises_code("too-few-items"):
        half_scores(scores([1.0] * 6, ITEMS[:6]), ROW)
