"""What intervals allow to be said."""

from __future__ import annotations

import pytest

from harness.statistics.conclusion import Verdict, conclude
from harness.statistics.intervals import OTHER_SEEDS, Interval
from harness.statistics.refusal import CannotConclude


def interval(low: float, high: float) -> Interval:
    return Interval(low=low, high=high, level=0.95, method="t", answers=OTHER_SEEDS)


@pytest.mark.parametrize(
    ("low", "high", "margin", "p", "verdict"),
    [
        (0.1, 2.0, None, None, Verdict.BETTER),
        (-2.0, -0.1, None, None, Verdict.WORSE),
        (-0.1, 0.1, None, None, Verdict.CANNOT_TELL),
        (-0.1, 0.1, 1.0, None, Verdict.EQUAL),
        (0.1, 0.2, 1.0, None, Verdict.EQUAL),
        (0.1, 1.2, 1.0, None, Verdict.BETTER),
        (-1.2, 0.1, 1.0, None, Verdict.CANNOT_TELL),
        (-1.0, 0.5, 1.0, None, Verdict.CANNOT_TELL),
        # Several comparisons were looked at, and this one is not sure enough among them.
        (0.1, 2.0, None, 0.08, Verdict.CANNOT_TELL),
        (0.1, 2.0, None, 0.04, Verdict.BETTER),
        (-0.1, 0.1, 1.0, 0.9, Verdict.EQUAL),
        # However sure the p-value is, a claim needs its interval.
        (-0.1, 2.0, None, 0.01, Verdict.CANNOT_TELL),
    ],
)
def test_one_rule(low: float, high: float, margin: float | None, p: float | None, verdict: Verdict) -> None:
    conclusion = conclude(interval(low, high), margin, p=p)
    assert conclusion.verdict is verdict
    assert conclusion.interval == interval(low, high)


def test_a_margin_of_zero_shows_nothing() -> None:
    with pytest.raises(CannotConclude, match="positive margin"):
        conclude(interval(0.0, 0.0), 0.0)
