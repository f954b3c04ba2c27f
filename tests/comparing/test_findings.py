from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import scipy.stats

from harness.comparing.findings import SAME_PREDICTIONS, UNKNOWN_METRIC, Question, TaskFinding, find_task, judge
from harness.comparing.pairing import Match, pair_scores
from harness.item_scores import ItemScores
from harness.registry import default_registry
from harness.results.paired_items import ItemCounts
from harness.results.scores import Row, Scores
from harness.statistics.conclusion import Verdict
from tests.comparing.known import Items, Right, scored

MATCH = Match("right", "mnli", "none")
LEFT = [1] * 30 + [0] * 10 + [1] * 40 + [0] * 20
RIGHT = [0] * 30 + [1] * 10 + [1] * 40 + [0] * 20


def found(
    left: Sequence[dict[str, Any]], right: Sequence[dict[str, Any]], right_items: Right, **options: Any
) -> TaskFinding:
    (paired,) = pair_scores(Scores(left), Scores(right)).tasks
    return find_task(MATCH, paired, Items(right_items), default_registry(), **options)


def one_language(**other: Any) -> TaskFinding:
    return found([scored(LEFT, "a")], [scored(RIGHT, "b", **other)], {"a": LEFT, "b": RIGHT}, by_language=True)


def test_one_seed_is_tested_on_the_same_items() -> None:
    task = one_language()
    assert task.question == "items"
    assert (task.found.left, task.found.right, task.found.value) == (70.0, 50.0, 20.0)
    assert task.found.items == ItemCounts(wins=30, losses=10, ties=60)
    assert task.found.test is not None
    assert task.found.interval is not None
    # (30 - 10)^2 / (30 + 10), without continuity correction.
    assert task.found.test.p == pytest.approx(scipy.stats.chi2.sf(10.0, 1))
    # Half the width is about 1.96 * sqrt((40 - 20^2 / 100) / 100) / 10, in points of a hundred items.
    assert task.found.interval.low == pytest.approx(20 - 11.8, abs=2)
    assert task.found.interval.high == pytest.approx(20 + 11.8, abs=2)
    assert "other items" in task.found.interval.answers


def test_a_language_alone_is_the_task() -> None:
    task = one_language()
    assert task.languages[0].found == task.found


def test_languages_are_tested_where_they_are_asked_for() -> None:
    sides = ((LEFT, "a"), (RIGHT, "b"))
    rows = [[scored(right, made, language=code) for code in ("en", "de")] for right, made in sides]
    for by_language in (False, True):
        task = found(rows[0], rows[1], {"a": LEFT, "b": RIGHT}, by_language=by_language)
        assert [bool(one.found.test) for one in task.languages] == [by_language] * 2
        assert (task.ahead, task.behind) == (2, 0)


def test_parallel_languages_are_not_taken_for_independent_items() -> None:
    """The same answers in four languages say no more than in one."""
    rows = [
        [scored(right, made, language=code) for code in ("en", "de", "fr", "ja")]
        for right, made in ((LEFT, "a"), (RIGHT, "b"))
    ]
    task = found(rows[0], rows[1], {"a": LEFT, "b": RIGHT}, by_language=True)
    alone = task.languages[0].found.interval
    assert task.found.interval is not None
    assert alone is not None
    widths = [interval.high - interval.low for interval in (task.found.interval, alone)]
    assert widths[0] == pytest.approx(widths[1], rel=0.15)
    assert task.found.items == ItemCounts(wins=120, losses=40, ties=240)


SEEDS = {1: (60.0, 50.0), 2: (63.0, 51.0), 3: (61.0, 54.0)}


def over_seeds(question: Question | None = None) -> TaskFinding:
    rows = [
        [{**scored(RIGHT, f"{side}{seed}", seed=seed), "value": values[side]} for seed, values in SEEDS.items()]
        for side in (0, 1)
    ]
    items = {f"0{seed}": LEFT for seed in SEEDS} | {f"1{seed}": RIGHT for seed in SEEDS}
    return found(rows[0], rows[1], items, asked=question)


def test_several_seeds_are_a_paired_t_test_of_what_each_gives() -> None:
    task = over_seeds()
    left, right = zip(*SEEDS.values(), strict=True)
    expected = scipy.stats.ttest_rel(left, right)
    assert task.question == "seeds"
    assert task.found.by_seed == {1: 10.0, 2: 12.0, 3: 7.0}
    assert task.found.test is not None
    assert task.found.interval is not None
    assert task.found.test.p == pytest.approx(expected.pvalue)
    low, high = expected.confidence_interval(0.95)
    assert (task.found.interval.low, task.found.interval.high) == pytest.approx((low, high))
    assert "other seeds" in task.found.interval.answers


def test_several_seeds_can_be_asked_about_items() -> None:
    task = over_seeds("items")
    assert task.question == "items"
    assert task.found.interval is not None
    assert "other items" in task.found.interval.answers
    # All seeds answer alike here, so that three of them say as much as one.
    one = one_language().found.interval
    assert one is not None
    assert task.found.interval.high - task.found.interval.low == pytest.approx(one.high - one.low, rel=0.15)


@pytest.mark.parametrize(
    ("left", "right", "items", "why"),
    [
        ({}, {"predictions": "gone"}, {"a": LEFT, "b": RIGHT}, "predictions, or the plugin of the metric, are gone"),
        ({}, {"predictions": ""}, {"a": LEFT, "b": RIGHT}, "a leaderboard document has no predictions"),
        ({"n": 101}, {"n": 100}, {"a": LEFT, "b": RIGHT}, "of 101 items and 100, 100 are on both sides"),
        ({}, {"predictions": "a"}, {"a": LEFT}, SAME_PREDICTIONS),
    ],
)
def test_what_cannot_be_told_says_why(left: dict[str, Any], right: dict[str, Any], items: Right, why: str) -> None:
    task = found([scored(LEFT, "a", **left)], [scored(RIGHT, "b", **right)], items)
    assert task.found.interval is None
    assert why in task.found.why
    said = Verdict.THE_SAME if why == SAME_PREDICTIONS else Verdict.CANNOT_TELL
    assert judge(task.found, None, margin=1.0, higher_is_better=True).verdict is said


def test_seeds_that_all_give_the_same_say_nothing_about_others() -> None:
    rows = [[{**scored(RIGHT, f"{side}{seed}", seed=seed), "value": side} for seed in (1, 2)] for side in (1.0, 2.0)]
    task = found(rows[0], rows[1], {})
    assert task.found.interval is None
    assert "nothing can be said about other seeds" in task.found.why
    assert "--question" not in task.found.why
    task = found(rows[0], rows[1], {f"{side}{seed}": RIGHT for side in (1.0, 2.0) for seed in (1, 2)})
    assert task.found.why.endswith("; `--question items` asks about other items")


@pytest.mark.parametrize(
    ("higher", "p", "margin", "verdict"),
    [
        (True, 0.01, 1.0, Verdict.BETTER),
        (False, 0.01, 1.0, Verdict.WORSE),
        (True, 0.2, 1.0, Verdict.CANNOT_TELL),
        (True, 0.01, 90.0, Verdict.EQUAL),
        (True, 0.01, None, Verdict.BETTER),
    ],
)
def test_a_verdict_is_by_interval_corrected_p_and_margin(
    higher: bool, p: float, margin: float | None, verdict: Verdict
) -> None:
    judged = judge(one_language().found, p, margin=margin, higher_is_better=higher)
    assert (judged.verdict, judged.p) == (verdict, p)


def test_one_language_with_the_same_predictions_is_not_the_task() -> None:
    made = {"left": {"en": "same", "de": "a"}, "right": {"en": "same", "de": "b"}}
    answers = {"same": LEFT, "a": LEFT, "b": RIGHT}
    rows = {side: [scored(answers[one], one, language=code) for code, one in of.items()] for side, of in made.items()}
    task = found(rows["left"], rows["right"], answers, by_language=True)
    assert [one.found.why for one in task.languages] == [SAME_PREDICTIONS, ""]
    assert task.found.why == ""
    assert task.found.interval is not None


class Shuffled(Items):
    """Items whose predictions called `back...` are stored from the last to the first."""

    def __call__(self, row: Row) -> ItemScores | None:
        scores = super().__call__(row)
        if scores is None or scores.items is None or not row["predictions"].startswith("back"):
            return scores
        return dataclasses.replace(scores, statistics=scores.statistics[::-1].copy(), items=scores.items[::-1])


@pytest.mark.parametrize("second", [("back-a", "back-b"), ("back-a", "b2"), ("a2", "back-b")])
def test_items_of_seeds_are_paired_by_name_in_whatever_order(second: tuple[str, str]) -> None:
    left = [scored(LEFT, "a", seed=1), scored(LEFT, second[0], seed=2)]
    right = [scored(RIGHT, "b", seed=1), scored(RIGHT, second[1], seed=2)]
    stored = Shuffled({"a": LEFT, "b": RIGHT, second[0]: LEFT, second[1]: RIGHT})
    (paired,) = pair_scores(Scores(left), Scores(right)).tasks
    task = find_task(MATCH, paired, stored, default_registry(), asked="items")
    assert task.found.items == ItemCounts(wins=30, losses=10, ties=60)
    assert task.found.test is not None
    assert task.found.test.n == 40


@pytest.mark.parametrize("side", [0, 1])
def test_where_rows_are_marked_as_shared_it_is_said_which(side: int) -> None:
    counts = {"ids": 3, "items": 0, "texts": 0, "n": 100, "same_rows": False}
    shared = json.dumps([{"task": "qqp", "split": "train", "use": "training", **counts}])
    rows = [scored(LEFT, "a"), scored(RIGHT, "b")]
    rows[side]["overlap"] = shared
    task = found(rows[:1], rows[1:], {"a": LEFT, "b": RIGHT})
    assert task.languages[0].marks == ("overlap",)
    assert task.overlap == ("overlap: pawsx with qqp train (training): 3 ids of 100 in en",)


def of_unknown_metric(value: float) -> TaskFinding:
    sides = [
        [{**scored(RIGHT, f"{side}{seed}", seed=seed, metric="gone"), "value": base + seed} for seed in (1, 2, 3)]
        for side, base in (("a", value), ("b", 50.0))
    ]
    sides[0][0]["value"] += 0.1
    return found(sides[0], sides[1], {})


def test_of_an_unknown_metric_nobody_knows_which_score_is_better() -> None:
    task = of_unknown_metric(60.0)
    assert task.higher_is_better is None
    judged = judge(task.found, 0.001, margin=1.0, higher_is_better=task.higher_is_better)
    assert (judged.verdict, judged.why) == (Verdict.CANNOT_TELL, UNKNOWN_METRIC)
    assert judged.interval is not None


def test_scores_of_an_unknown_metric_can_be_equal() -> None:
    task = of_unknown_metric(50.1)
    judged = judge(task.found, 0.001, margin=1.0, higher_is_better=task.higher_is_better)
    assert (judged.verdict, judged.why) == (Verdict.EQUAL, "")


def test_an_interval_on_one_side_without_a_small_p_says_so() -> None:
    found = one_language().found
    for higher in (True, False):
        judged = judge(found, 0.07, margin=1.0, higher_is_better=higher)
        assert judged.why == "the interval is above 0, but p is not below 0.05"
        assert judged.verdict is Verdict.CANNOT_TELL
    assert judge(found, 0.01, margin=1.0, higher_is_better=True).why == ""
    assert found.interval is not None
    other = dataclasses.replace(found, interval=dataclasses.replace(found.interval, low=-9.0, high=-1.0))
    assert "is below 0" in judge(other, 0.07, margin=1.0, higher_is_better=True).why
    both = dataclasses.replace(found, interval=dataclasses.replace(found.interval, low=-9.0, high=1.0))
    assert judge(both, 0.07, margin=1.0, higher_is_better=True).why == ""


def test_two_arms_of_chance_differ_seldom() -> None:
    """Of a hundred comparisons of coins, about five have p below 0.05."""
    generator = np.random.default_rng(1)
    below = 0
    for _ in range(100):
        left, right = (generator.integers(2, size=200).tolist() for _ in range(2))
        task = found([scored(left, "a")], [scored(right, "b")], {"a": left, "b": right})
        assert task.found.test is not None
        below += task.found.test.p < 0.05
    assert below <= 12
