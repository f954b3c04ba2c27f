"""The threshold from which on a question is left unanswered."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.item_scores import item_scores
from harness.kinds.search.no_answer import best_threshold
from harness.registry import Registry

F1 = Registry().metric("squad_v2_f1")


def columns(*questions: tuple[float, float]) -> dict[str, list[Any]]:
    """Questions by (null score minus the span's, F1 of the span: 1, 0, or -1 for a question without answer)."""
    return {
        "gold": [["x"] if right >= 0 else [] for _, right in questions],
        "no_answer_score": [difference + 2 for difference, _ in questions],
        "spans": [[{"text": "x" if right else "y", "score": 2.0}] for _, right in questions],
    }


@pytest.mark.parametrize(
    ("questions", "threshold"),
    [
        # Answering up to 1.5 gets 2 + 1 of 4 right; up to 3 loses the unanswerable one for nothing.
        ([(-1, 1), (1.5, 1), (2, -1), (3, 0)], 1.5),
        # Up to -1 and up to 4 are as good: the smallest.
        ([(-1, 1), (2, -1), (4, 1)], -1),
        # Two questions of the same difference are answered together: one is right by it, the other wrong.
        ([(0, 1), (0, -1), (1, 1)], 1),
        ([(7, 1)], 7),
    ],
)
def test_the_best_threshold_is_the_difference_of_the_last_answered_question(
    questions: list[tuple[float, float]], threshold: float
) -> None:
    assert best_threshold(columns(*questions), F1) == threshold


def test_where_answering_none_is_best_the_threshold_lies_below_all() -> None:
    threshold = best_threshold(columns((2, -1), (3, 1)), F1)
    assert threshold == math.nextafter(2, -math.inf)


def test_questions_without_a_span_are_never_answered() -> None:
    found = columns((1, 1), (5, -1))
    nothing: dict[str, list[Any]] = {"gold": [["x"], []], "no_answer_score": [-9.0, -9.0], "spans": [[], []]}
    assert best_threshold({name: [*found[name], *nothing[name]] for name in found}, F1) == 1
    assert best_threshold(nothing, F1) == 0


@given(st.lists(st.tuples(st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0]), st.sampled_from([-1, 0, 1])), min_size=1))
def test_no_other_threshold_is_better(questions: list[tuple[float, float]]) -> None:
    found = columns(*questions)

    def score(threshold: float) -> float:
        return item_scores(F1, found | {"threshold": [threshold] * len(questions)}).value

    best = score(best_threshold(found, F1))
    assert best == pytest.approx(max(score(threshold) for threshold in (-3, -2, -1, 0, 0.5, 3)))
