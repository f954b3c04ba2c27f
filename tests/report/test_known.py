"""The line under a table: whether its mean gain is one, how well it is known, and what would tell more."""

from __future__ import annotations

from typing import Any

import pytest

from harness.report.known import known_line, looked_at
from harness.results.comparison import PERCENT_GAIN, Comparison, Estimate, Line, over_seeds
from harness.statistics.intervals import Interval


def gain(low: float, high: float) -> Estimate:
    interval = Interval(low=low, high=high, level=0.95, method="", answers="")
    return Estimate(value=(low + high) / 2, seeds=1, interval=interval)


def compared(*gains: Estimate | None, languages: tuple[str, ...] = ("de",), **fields: Any) -> Comparison:
    lines = [
        Line(at={"language": code}, baseline=None, score=gain(50, 54), gain=found, n=100, marks=frozenset())
        for code, found in zip(languages, gains, strict=True)
    ]
    return Comparison(task="t", metric="m", arm="a", mode="single", seeds=(1,), lines=tuple(lines), **fields)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.1, 4.1, "above 0, known within ± 2.0"),
        (-4.1, -0.1, "below 0, known within ± 2.0"),
        (-0.1, 3.9, "cannot be told from 0, known within ± 2.0"),
        (-0.2, 0.8, "within 1 point of 0, known within ± 0.5"),
        (1.0, 2.0, "above 0, known within ± 0.5"),
    ],
)
def test_the_interval_alone_says_what_can_be_said(low: float, high: float, said: str) -> None:
    assert list(known_line(compared(gain(low, high)))) == [f"gain in de: {said}"]


def test_other_languages_than_english_count_where_there_are_any() -> None:
    (line,) = known_line(compared(gain(3, 5), gain(-1, 7), languages=("en", "de")))
    assert line == "mean gain without en: cannot be told from 0, known within ± 4.0"
    assert next(known_line(compared(gain(3, 5), languages=("en",)))).startswith("gain in en: above 0")


def test_without_gains_it_is_about_the_score() -> None:
    assert list(known_line(compared(None))) == ["score in de: known within ± 2.0"]


def test_nothing_is_said_of_other_units_or_of_what_is_not_known() -> None:
    assert list(known_line(compared(gain(1, 2), unit="seconds"))) == []
    assert list(known_line(compared(Estimate(value=1.0, seeds=1)))) == []


def over(*gains: float) -> Estimate:
    return over_seeds(dict(enumerate(gains, 1)), PERCENT_GAIN)


def test_seeds_that_it_takes_are_a_range() -> None:
    (line,) = known_line(compared(over(3.0, 5.0, 4.0)))
    # A deviation of 1 over three seeds is one of 0.52 to 6.3: 4 seeds, and 153 + 2, would know the mean within 1.
    assert line == "gain in de: above 0, known within ± 2.5; within ± 1 with 4 to 155 seeds (now 3)"
    assert list(known_line(compared(over(2.0, 2.0, 2.0)))) == []
    (line,) = known_line(compared(over(-30.0, 30.0)))
    assert line == "gain in de: within ± 1 with 1,379 to more than 10,000 seeds (now 2)"
    (line,) = known_line(compared(over(-100.0, 100.0)))
    assert line == "gain in de: within ± 1 with more than 10,000 seeds (now 2)"


def test_how_many_gains_were_looked_at_is_told() -> None:
    one = compared(gain(0.1, 4.1))
    assert list(looked_at([one])) == []
    assert "2 mean gains are judged here" in next(looked_at([one, compared(None), one]))
