"""Which of an arm's settings is best: development rows alone decide."""

from __future__ import annotations

from typing import Any

from harness.results.settings_choice import BestSettings, best_settings
from tests.flat import flat_row, scores_of


def row(rate: str, value: float, development: float | None, **other: Any) -> dict[str, Any]:
    metric = None if development is None else "accuracy"
    chosen = {"development_score": development, "development_metric": metric, "base_label": "mnli", "predictions": rate}
    return flat_row(value, arm=f"mnli, lr={rate}", **{**chosen, **other})


def test_development_rows_choose_and_scores_that_are_reported_do_not() -> None:
    rows = [row("1e-4", 90.0, 60.0), row("1e-5", 50.0, 70.0)]
    found = BestSettings("pawsx", "mnli", ("mnli, lr=1e-5",), "accuracy", 70.0, 2)
    assert list(best_settings(scores_of(rows))) == [found]


def test_the_mean_over_seeds_decides_and_equal_ones_are_all_named() -> None:
    rows = [row("1e-4", 50.0, 60.0), row("1e-5", 50.0, 70.0)]
    rows += [row("1e-4", 50.0, 80.0, seed=2), row("1e-5", 50.0, 70.0, seed=2)]
    (found,) = best_settings(scores_of(rows))
    assert (found.best, found.score) == (("mnli, lr=1e-4", "mnli, lr=1e-5"), 70.0)


def test_nothing_is_chosen_without_a_choice_or_complete_development_scores() -> None:
    assert list(best_settings(scores_of([row("1e-4", 50.0, 60.0)]))) == []
    assert list(best_settings(scores_of([row("1e-4", 50.0, 60.0), row("1e-5", 50.0, None)]))) == []
    other = row("1e-5", 50.0, 70.0, development_metric="f1")
    assert list(best_settings(scores_of([row("1e-4", 50.0, 60.0), other]))) == []
    # A seed is missing.
    rows = [row("1e-4", 50.0, 60.0), row("1e-4", 50.0, 60.0, seed=2), row("1e-5", 50.0, 70.0)]
    assert list(best_settings(scores_of(rows))) == []


def test_settings_with_the_same_predictions_are_one() -> None:
    rows = [row("1e-4", 50.0, 60.0), row("1e-5", 50.0, 60.0, predictions="1e-4")]
    assert list(best_settings(scores_of(rows))) == []
    (found,) = best_settings(scores_of([*rows, row("2e-5", 50.0, 60.0)]))
    assert (found.best, found.of) == (("mnli, lr=1e-4", "mnli, lr=2e-5"), 2)
    # One that differs in some language is another.
    rows += [row("1e-4", 50.0, 60.0, language="de"), row("1e-5", 50.0, 60.0, language="de", predictions="other")]
    (found,) = best_settings(scores_of(rows))
    assert found.of == 2


def test_nothing_is_chosen_where_validation_rows_are_reported() -> None:
    rows = [row("1e-4", 50.0, 60.0, split="validation"), row("1e-5", 50.0, 70.0, split="validation")]
    assert list(best_settings(scores_of(rows))) == []
