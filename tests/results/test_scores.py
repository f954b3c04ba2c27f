"""Scores: sides, pairs of items, tables and cubes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from harness.item_scores import ItemScores
from harness.registry import default_registry
from harness.results.columns import columns
from harness.results.scores import Row, Scores
from tests.flat import flat_row
from tests.raising import raises_code


def row(value: float | None, language: str = "en", **other: Any) -> dict[str, Any]:
    return flat_row(value, language=language, **{"n": 3, **other})


RIGHT = {"a": [1, 0, 1], "b": [0, 0, 1], "other": [1, 1, 0], "short": [1, 1]}


def stored(names: Mapping[str, tuple[str, ...]]) -> Any:
    def items(one: Row) -> ItemScores | None:
        made = one["predictions"]
        if made not in RIGHT:
            return None
        statistics = np.array(RIGHT[made], dtype=float)[:, None]
        return ItemScores(default_registry().metric("accuracy"), statistics, None, names.get(made))

    return items


def test_sides_are_values_any_of_several_or_a_test() -> None:
    scores = Scores([row(1.0, "en"), row(2.0, "de"), row(3.0, "fr", arm="mnli")])
    assert [one["value"] for one in scores.where({"language": "de"}).rows] == [2.0]
    assert [one["value"] for one in scores.where({"language": ["de", "fr"], "arm": "mnli"}).rows] == [3.0]
    assert [one["value"] for one in scores.where(lambda one: one["value"] > 1.5).rows] == [2.0, 3.0]
    with raises_code("unknown-column", "langauge"):
        scores.where({"langauge": "de"})


def test_scores_of_snapshots_and_of_perturbed_rows_are_not_among_the_clean_ones() -> None:
    scores = Scores([row(1.0), row(2.0, step=4), row(3.0, perturbation="typo:1")])
    assert [one["value"] for one in scores.clean.rows] == [1.0]
    assert Scores([]).clean.rows == []


def test_pairs_have_the_same_items_in_the_same_order_on_both_sides() -> None:
    rows = [row(1.0, predictions="a"), row(2.0, predictions="other", arm="mnli", data="other rows")]
    scores = Scores(rows, stored({"a": ("x", "y", "z"), "other": ("z", "w", "x")}))
    (pair,) = scores.pairs({"arm": "none"}, {"arm": "mnli"})
    assert pair.items is not None
    left, right = pair.items
    assert left.items == right.items == ("x", "z")
    assert (left.statistics.tolist(), right.statistics.tolist()) == ([[1], [1]], [[0], [1]])
    # Two of three items are not what the scores are of.
    assert scores.gain_interval(*rows) is None


def test_rows_of_several_languages_are_paired_where_items_are_called_alike() -> None:
    rows = [row(1.0, "en", predictions="a", data="in English"), row(2.0, "de", predictions="b", data="auf Deutsch")]
    names = dict.fromkeys(("a", "b"), ("x", "y", "z"))
    (pair,) = Scores(rows, stored(names)).pairs({"language": "en"}, {"language": "de"}, on=("task", "metric"))
    assert pair.items is not None
    assert Scores(rows, stored(names)).gain_interval(*rows) is not None
    assert Scores(rows, stored({})).gain_interval(*rows) is None


def test_items_that_are_called_by_their_place_are_paired_within_one_file_alone() -> None:
    names = {"a": ("x", ":2", ":3"), "other": (":3", "x", ":2")}
    rows = [row(1.0, predictions="a", data="d/12"), row(2.0, predictions="other", arm="mnli", data="e/12")]
    found = Scores(rows, stored(names)).paired_items(*rows)
    assert found is not None
    assert [side.items for side in found] == [("x",), ("x",)]
    assert [side.statistics.tolist() for side in found] == [[[1]], [[1]]]
    assert Scores(rows, stored(names)).gain_interval(*rows) is None
    places = {"a": (":1", ":2", ":3"), "other": (":1", ":2", ":3")}
    assert Scores(rows, stored(places)).paired_items(*rows) is None
    # A limit, and what was done to rows, move none of them.
    for data in ("d", "d/20", "d/12/typo v1.1 2 0"):
        other = rows[1] | {"data": data}
        assert Scores([rows[0], other], stored(places)).gain_interval(rows[0], other) is not None


@pytest.mark.parametrize(
    ("left", "right", "paired"),
    [
        ({"data": "d/12"}, {"data": "d/12"}, True),
        ({"data": "d"}, {"data": "e"}, False),
        ({"data": "d/12/typo v1.1 2 0", "perturbation": "typo:2"}, {"data": "d/12"}, True),
        ({"data": "d/12/typo v1.1 2 0", "perturbation": "typo:2"}, {"data": "d/9"}, False),
        ({"data": "d/12"}, {"data": "d"}, False),
        ({"data": "d"}, {"data": "d", "predictions": "short"}, False),
        ({"data": "d"}, {"data": "d", "predictions": "gone"}, False),
        ({"data": "d"}, {"data": "d", "metric": "f1"}, False),
    ],
)
def test_items_without_names_are_paired_by_order_where_the_rows_are_the_same(
    left: dict[str, Any], right: dict[str, Any], paired: bool
) -> None:
    one, other = row(1.0, **{"predictions": "a", **left}), row(2.0, **{"predictions": "b", **right})
    scores = Scores([one, other], stored({}))
    assert (scores.paired_items(one, other) is not None) is paired
    assert (scores.paired_items(other, one) is not None) is paired


def test_pairs_pass_over_failed_scores_and_those_without_counterpart() -> None:
    rows = [row(1.0, "en"), row(None, "de"), row(3.0, "fr"), row(4.0, "en", arm="mnli"), row(5.0, "de", arm="mnli")]
    found = list(Scores(rows).pairs({"arm": "none"}, {"arm": "mnli"}))
    assert [(pair.left["value"], pair.right["value"], pair.items) for pair in found] == [(1.0, 4.0, None)]


def test_a_cube_has_an_axis_per_coordinate_and_nan_where_there_is_nothing() -> None:
    rows = [row(1.0, "en"), row(2.0, "de"), row(3.0, "en", arm="mnli"), row(None, "de", arm="mnli", seed=2)]
    cube = Scores(rows).cube(("arm", "language", "seed"))
    assert cube.labels == {"arm": ("none", "mnli"), "language": ("en", "de"), "seed": (1, 2)}
    expected = [[[1.0, np.nan], [2.0, np.nan]], [[3.0, np.nan], [np.nan, np.nan]]]
    np.testing.assert_array_equal(cube.values, expected)
    with raises_code("several-scores-of-a-place", "they differ in language"):
        Scores(rows).cube(("arm",))


def test_a_table_has_every_column_also_those_of_a_study() -> None:
    table = Scores([row(1.0), row(2.0, step=4)]).table()
    assert table["step"].tolist()[1] == 4
    assert list(Scores([]).table().columns) == list(columns())
