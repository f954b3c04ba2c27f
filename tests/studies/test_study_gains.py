"""Gains by seed: means over languages, then tasks, of what both sides have."""

from __future__ import annotations

import pytest

from harness.results.scores import Scores
from harness.studies.gains import WeightedRow, differences, gains, in_languages, means
from tests.flat import flat_row
from tests.raising import raises_code


def side(arm: str, values: dict[tuple[str, str, int], float | None]) -> Scores:
    return Scores(
        [flat_row(v, arm=arm, task=task, language=language, seed=seed) for (task, language, seed), v in values.items()]
    )


def test_languages_are_averaged_before_tasks() -> None:
    before = side("none", {("pawsx", "en", 1): 50.0, ("pawsx", "de", 1): 50.0, ("xnli", "en", 1): 40.0})
    after = side("mnli", {("pawsx", "en", 1): 60.0, ("pawsx", "de", 1): 50.0, ("xnli", "en", 1): 60.0})
    assert gains(after, before) == {1: pytest.approx((5.0 + 20.0) / 2)}
    assert means(after) == {1: pytest.approx((55.0 + 60.0) / 2)}


def test_only_seeds_with_every_place_that_any_has_count() -> None:
    before = side("none", {("pawsx", "en", 1): 50.0, ("pawsx", "en", 2): 50.0, ("pawsx", "de", 1): 10.0})
    after = side(
        "mnli", {("pawsx", "en", 1): 51.0, ("pawsx", "en", 2): 52.0, ("pawsx", "de", 1): 12.0, ("pawsx", "fr", 1): 90.0}
    )
    assert gains(after, before) == {1: pytest.approx(1.5)}
    english = gains(in_languages(after, "en".__eq__), before)
    assert english == {1: pytest.approx(1.0), 2: pytest.approx(2.0)}


def test_what_is_0_but_for_rounding_is_0() -> None:
    def of(*values: float) -> tuple[WeightedRow, ...]:
        return tuple(WeightedRow({"value": value}, weight) for value, weight in zip(values, (1, 1, -1), strict=True))

    assert differences({1: of(0.1, 0.2, 0.3), 2: of(0.1, 0.2, 0.299999)}) == {1: 0.0, 2: pytest.approx(1e-6)}


def test_failed_scores_are_no_scores() -> None:
    before = side("none", {("pawsx", "en", 1): 50.0, ("pawsx", "en", 2): None})
    after = side("mnli", {("pawsx", "en", 1): None, ("pawsx", "en", 2): 52.0})
    with raises_code("no-shared-scores"):
        gains(after, before)


def test_several_scores_of_a_place_are_refused() -> None:
    before = side("none", {("pawsx", "en", 1): 50.0})
    twice = Scores([*side("mnli", {("pawsx", "en", 1): 51.0}).rows, *side("mnli", {("pawsx", "en", 1): 52.0}).rows])
    with raises_code("several-scores-of-a-place"):
        gains(twice, before)


def test_several_arms_are_averaged_over_what_all_of_them_have() -> None:
    before = side("none", {("pawsx", "en", 1): 50.0, ("pawsx", "de", 1): 10.0, ("xnli", "en", 1): 40.0})
    mnli = side("mnli", {("pawsx", "en", 1): 51.0, ("pawsx", "de", 1): 90.0, ("xnli", "en", 1): 44.0})
    qqp = side("qqp", {("pawsx", "en", 1): 53.0, ("xnli", "en", 1): 40.0})
    after = Scores([*mnli.rows, *qqp.rows])
    # German is no place of qqp.
    assert gains(after, before) == {1: pytest.approx(((1.0 + 3.0) / 2 + (4.0 + 0.0) / 2) / 2)}
    assert gains(before, after) == {1: pytest.approx(-2.0)}


def test_metrics_of_a_task_are_not_averaged() -> None:
    both = [
        Scores([flat_row(value, arm=arm, task="xquad", metric=metric) for metric in ("squad_f1", "squad_exact_match")])
        for arm, value in (("mnli", 60.0), ("none", 50.0))
    ]
    with raises_code("several-metrics-of-a-task"):
        gains(*both)
