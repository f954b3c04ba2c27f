from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from harness.item_scores import ItemScores, is_constant, is_right, item_scores, joint_parts
from harness.metrics import Metric
from harness.registry import Registry
from harness.statistics.intervals import Interval
from harness.statistics.refusal import CannotConclude
from tests.raising import raises_code

REGISTRY = Registry()
ACCURACY = REGISTRY.metric("accuracy")


def predictions(golds: list[Any], guesses: list[Any], **fields: list[Any]) -> dict[str, list[Any]]:
    return {"gold": golds, "prediction": guesses, **fields}


def interval_of(scores: ItemScores) -> Interval:
    found = scores.interval()
    assert found is not None
    return found


def test_a_score_is_in_percent_within_its_interval() -> None:
    scores = item_scores(ACCURACY, predictions(["a", "b"] * 50, ["a"] * 100))
    interval = interval_of(scores)
    assert scores.value == 50
    assert 38 < interval.low < 42
    assert 58 < interval.high < 62


def test_items_of_a_cluster_are_drawn_together() -> None:
    golds, guesses = ["a", "b"] * 60, ["a", "x"] * 30 + ["x", "b"] * 30
    alone = item_scores(ACCURACY, predictions(golds, guesses))
    assert alone.clusters is None
    together = item_scores(ACCURACY, predictions(golds, guesses, cluster=[f"c{i % 2}{i // 60}" for i in range(120)]))
    assert together.clusters is not None
    assert len(set(together.clusters.tolist())) == 4
    assert together.value == alone.value
    wide, narrow = interval_of(together), interval_of(alone)
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_a_gain_over_itself_may_have_missed_some() -> None:
    scores = item_scores(ACCURACY, predictions(["a", "b"] * 30, ["a", "a", "b"] * 20))
    gain = scores.gain_interval(scores)
    assert [gain.low, gain.high] == pytest.approx([-4.47, 4.47], abs=0.01)
    clustered = item_scores(ACCURACY, predictions(["a", "b"] * 30, ["a", "a", "b"] * 20, cluster=list(range(30)) * 2))
    gain = clustered.gain_interval(clustered)
    # Of 30 clusters none differs; of others, up to 11.6 % may, by 100 points either way.
    assert [gain.low, gain.high] == pytest.approx([-11.57, 11.57], abs=0.01)


def test_scores_that_are_all_alike_have_a_width() -> None:
    f1 = REGISTRY.metric("squad_f1")
    wrong = item_scores(f1, predictions([["fox"]] * 60, ["owl"] * 60, cluster=list(range(60))))
    assert (wrong.value, interval_of(wrong).low) == (0, 0)
    assert interval_of(wrong).high == pytest.approx(5.96, abs=0.01)
    seconds = Metric(name="m", kinds=("text-classification",), statistics=lambda _: np.ones(2), unit="seconds")
    alike = item_scores(seconds, predictions(["a", "b"], ["a", "b"]))
    assert alike.value == 100
    assert alike.interval() is None
    with pytest.raises(CannotConclude, match="all items count alike"):
        alike.gain_interval(alike)


def test_few_wrong_items_have_the_exact_interval() -> None:
    scores = item_scores(ACCURACY, predictions(["a", "b"] * 50, ["a", "b"] * 49 + ["b", "a"]))
    assert interval_of(scores).method == "clopper-pearson"


def test_hidden_labels_are_refused() -> None:
    with raises_code("placeholder-labels", "50", "neutral"):
        item_scores(ACCURACY, predictions(["neutral"] * 50, ["neutral", "else"] * 25))
    with raises_code("no-predictions"):
        item_scores(ACCURACY, {})
    with raises_code("no-predictions"):
        item_scores(ACCURACY, predictions([], []))
    assert item_scores(ACCURACY, predictions(["neutral"] * 49, ["neutral"] * 49)).value == 100
    assert item_scores(REGISTRY.metric("squad_f1"), predictions([["fox"]] * 60, ["fox"] * 60)).value == 100


def test_one_number_an_item_needs_no_row() -> None:
    def kind(*shape: int) -> Metric:
        return Metric(name="m", kinds=("text-classification",), statistics=lambda _: np.ones(shape))

    columns = predictions(["a", "b"], ["a", "b"])
    assert item_scores(kind(2), columns).statistics.tolist() == [[1.0], [1.0]]
    assert item_scores(kind(2, 3), columns).statistics.shape == (2, 3)
    for shape in ((), (1,), (3, 2), (2, 1, 1)):
        with raises_code("wrong-statistics-shape", "m", "2"):
            item_scores(kind(*shape), columns)


def test_a_constant_prediction_is_the_same_for_every_item() -> None:
    assert is_constant(predictions(["a", "b"], ["a", "a"]))
    assert is_constant(predictions([[1], [2]], [[1], [1]]))
    assert not is_constant(predictions(["a", "a"], ["a", "b"]))


def named(correct: list[float], items: tuple[str, ...] | None) -> ItemScores:
    return ItemScores(ACCURACY, np.array(correct)[:, None], None, items)


def test_scores_are_paired_by_item() -> None:
    mine, theirs = named([1, 0, 1], ("a", "b", "c")), named([0, 1, 1], ("c", "d", "a"))
    left, right = mine.paired(theirs)
    assert left.items == right.items == ("a", "c")
    assert left.statistics.tolist() == [[1], [1]]
    assert right.statistics.tolist() == [[1], [0]]


def test_scores_that_do_not_name_their_items_are_paired_by_order() -> None:
    mine, theirs = named([1, 0], ("a", "b")), named([0, 1], None)
    assert mine.paired(theirs) == (mine, theirs)
    with pytest.raises(ValueError, match="2 items cannot be paired with 1 by order"):
        mine.paired(named([1], None))


def test_languages_share_what_their_items_share() -> None:
    english = named([1, 0, 1, 1], ("a", "b", "c", "d"))
    german = dataclasses.replace(named([1, 0, 0], ("c", "a", "e")), clusters=np.array([7, 7, 8]))
    parts = joint_parts([english, german], "xnli")
    # In German a and c are of one premise, so all their translations are drawn together.
    assert [list(part.units or ()) for part in parts] == [[0, 1, 0, 2], [0, 0, 3]]
    assert {part.population for part in parts} == {("xnli", 0)}
    other = named([1, 1], ("x", "y"))
    assert [part.population for part in joint_parts([english, other, german])] == [("", 0), ("", 1), ("", 0)]
    assert list(joint_parts([named([1, 0], None)])[0].units or ()) == [0, 1]


@pytest.mark.parametrize(
    ("prediction", "gold", "value", "right"),
    [
        ("a", "a", None, True),
        ("a", "b", None, False),
        ("a", "b", 99.9, False),
        ("the fox", ["fox"], 100.0, True),
        ("fox", ["owl", "fox"], 0.0, True),
        ("ow", ["owl", "fox"], 66.7, False),
        (["O", "O"], ["O", "O"], 0.0, True),
        (["O", "B"], ["O", "O"], 0.0, False),
        (["O"], ["O", ["O"]], None, False),
        (0, 0, 0.0, True),
        (0, 1, 0.0, False),
        (0, "", 0.0, False),
        (0, [], 0.0, False),
        ("", [], 0.0, True),
        (None, [], 0.0, True),
        ([], [], None, True),
        ("", [""], 0.0, True),
        (None, None, None, True),
        (None, ["t1"], 0.0, False),
        ("", ["fox"], 0.0, False),
        ("fox", [], 0.0, False),
        ("o", "owl", 0.0, False),
    ],
)
def test_an_item_is_right_by_its_gold_or_by_the_full_score(
    prediction: Any, gold: Any, value: float | None, right: bool
) -> None:
    assert is_right(prediction, gold, value) is right


def test_the_metric_of_an_item_alone_is_a_share_or_nothing() -> None:
    mixed = item_scores(REGISTRY.metric("squad_f1"), predictions([["red fox"], ["owl"]], ["fox", "cat"]))
    assert [mixed.alone(0), mixed.alone(1)] == [pytest.approx(200 / 3), 0.0]
    for changed in (
        {"unit": "nats"},
        {"higher_is_better": False},
        {"value": lambda *_: 1 / 0},
        {"value": lambda *_: math.nan},
    ):
        other = dataclasses.replace(mixed, metric=dataclasses.replace(mixed.metric, **changed))
        assert other.alone(0) is None
