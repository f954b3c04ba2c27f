from __future__ import annotations

from typing import Any

import pytest

from harness.comparing.pairing import Match, pair_arms, pair_scores
from harness.results.scores import Scores
from tests.comparing.known import scored
from tests.flat import flat_row


def row(value: float | None = 50.0, **other: Any) -> dict[str, Any]:
    return {**scored([1, 0], "p"), **flat_row(value, **other), "task_version": 1, "metric_version": 1, **other}


def paired(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> Any:
    return pair_scores(Scores(left), Scores(right))


def test_rows_of_the_same_language_and_seed_are_paired() -> None:
    found = paired(
        [row(1.0, language=code, seed=seed) for code in ("en", "de") for seed in (1, 2, 3)],
        [row(2.0, language=code, seed=seed) for code in ("de", "en") for seed in (2, 3, 4)],
    )
    (task,) = found.tasks
    assert [(one.seeds, one.why) for one in found.refused] == [
        ((1,), "only the left side has it"),
        ((4,), "only the right side has it"),
    ]
    assert (task.task, task.metric, task.seeds, task.right_seeds) == ("pawsx", "accuracy", (2, 3), (2, 3))
    places = [[(one["language"], one["seed"]) for one in side.rows] for side in (task.left, task.right)]
    assert sorted(places[0]) == sorted(places[1]) == [("de", 2), ("de", 3), ("en", 2), ("en", 3)]


def test_one_seed_each_is_paired_though_they_differ() -> None:
    (task,) = paired([row(1.0, seed=1)], [row(2.0, seed=7)]).tasks
    assert (task.seeds, task.right_seeds) == ((1,), (7,))
    assert [one["seed"] for one in task.right.rows] == [1]


@pytest.mark.parametrize(
    ("left", "right", "code", "why"),
    [
        ({"metric_version": 1}, {"metric_version": 2}, "other-metric-versions", "by versions 1 and 2 of the metric"),
        ({"task_version": 1}, {"task_version": 3}, "other-task-versions", "by versions 1 and 3 of the task"),
        ({"data": "a/10"}, {"data": "a/20"}, "other-data", "another --limit"),
        ({"data": "a"}, {"data": "b"}, "other-data", "rows of other files, 100 items and 100"),
        ({"metric": "accuracy"}, {"metric": "f1"}, "other-metrics", "scored by accuracy, the other by f1"),
        ({"split": "test"}, {"split": "validation"}, "other-splits", "of test rows, the other of validation rows"),
        ({"value": None}, {}, "failed", "the left side failed: broken"),
        ({"n": 0}, {"n": 0}, "no-items", "there are no items"),
        ({"language": "en"}, {"language": "de"}, "one-side-only", "only the left side has it"),
        ({"task": "pawsx"}, {"task": "xnli"}, "one-side-only", "only the left side has it"),
    ],
)
def test_what_cannot_be_paired_is_refused_with_the_reason(
    left: dict[str, Any], right: dict[str, Any], code: str, why: str
) -> None:
    found = paired([row(**left)], [row(**right)])
    assert found.tasks == ()
    assert found.refused[0].code == code
    assert why in found.refused[0].why
    assert bool(found.refused[0].fix) == (code != "one-side-only")


def test_several_metrics_of_a_task_are_not_taken_for_missing_seeds() -> None:
    """As a document has them whose task is of a plugin that is not here."""
    side = [row(language=code, metric=metric) for code in ("en", "de") for metric in ("accuracy", "f1")]
    (refused,) = paired(side, side).refused
    assert refused.code == "several-metrics"
    assert "several metrics: accuracy, f1" in refused.why
    assert "plugin" in refused.fix


def test_seeds_of_which_none_is_on_both_sides_are_refused() -> None:
    found = paired([row(seed=1), row(seed=2)], [row(seed=3), row(seed=4)])
    (refused,) = found.refused
    assert (refused.code, refused.why) == ("no-seed-in-common", "seeds 1, 2 and 3, 4: none is on both sides")


def test_languages_that_cannot_be_paired_are_left_out_of_both_sides() -> None:
    left = [row(language=code, seed=seed) for code in ("en", "de", "fr", "ja") for seed in (1, 2)]
    right = [row(language=code, seed=seed) for code in ("en", "de", "fr", "zh") for seed in (1, 2)]
    right[2]["data"] = right[3]["data"] = "of other rows"
    right[5]["value"] = None
    found = paired(left, right)
    (task,) = found.tasks
    assert {one["language"] for side in (task.left, task.right) for one in side.rows} == {"en"}
    refused = {(one.code, one.languages) for one in found.refused}
    assert refused == {
        ("other-data", ("de",)),
        ("seeds-missing", ("fr",)),
        ("one-side-only", ("ja",)),
        ("one-side-only", ("zh",)),
    }


def test_a_task_without_any_language_on_both_sides_says_which_each_side_has() -> None:
    found = paired([row(language="en"), row(language="ja")], [row(language="de")])
    assert found.tasks == ()
    assert {one.why: one.languages for one in found.refused} == {
        "only the left side has it": ("en", "ja"),
        "only the right side has it": ("de",),
    }


@pytest.mark.parametrize(
    ("values", "seeds", "predictions", "same"),
    [
        ((50.0, 50.0), (1, 1), ("", ""), True),
        ((50.0, 51.0), (1, 1), ("", ""), False),
        ((50.0, 50.0), (1, 2), ("", ""), False),
        ((50.0, 50.0), (1, 2), ("p", "p"), True),
    ],
)
def test_scores_of_documents_may_be_of_the_same_predictions(
    values: tuple[float, float], seeds: tuple[int, int], predictions: tuple[str, str], same: bool
) -> None:
    sides = [[row(values[n], seed=seeds[n], predictions=predictions[n])] for n in (0, 1)]
    (task,) = paired(*sides).tasks
    assert task.may_be_same is same


def arms(*labels: str, varied: str = "{}") -> dict[str, Scores]:
    return {label: Scores([row(arm=label, varied=varied)]) for label in labels}


def test_arms_are_matched_by_their_labels() -> None:
    matches, alone = pair_arms(arms("none", "mnli", "qqp"), arms("mnli", "none", "squad"), "other")
    assert matches == [Match("other", "none", "none"), Match("other", "mnli", "mnli")]
    assert alone == ("qqp", "squad")


def test_one_arm_on_each_side_is_matched_whatever_it_is_called() -> None:
    assert pair_arms(arms("mnli"), arms("none"), "other") == ([Match("other", "mnli", "none")], ())


def test_arms_in_several_values_are_matched_by_these() -> None:
    left = arms("mnli, lr=1", varied='{"lr":1}') | arms("mnli, lr=2", varied='{"lr":2}')
    right = arms("none, lr=2", varied='{"lr":2}') | arms("none, lr=1", varied='{"lr":1}')
    matches, alone = pair_arms(left, right, "other")
    assert matches == [Match("other", "mnli, lr=1", "none, lr=1"), Match("other", "mnli, lr=2", "none, lr=2")]
    assert alone == ()


def test_arms_with_nothing_in_common_are_alone() -> None:
    assert pair_arms(arms("a", "b"), arms("c", "d"), "other") == ([], ("a", "b", "c", "d"))
