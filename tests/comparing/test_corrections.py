"""How p-values of a comparison are corrected, and by which margin it is judged."""

from __future__ import annotations

import pytest

from harness.comparing.compare import judged
from harness.comparing.findings import Finding, LanguageFinding, TaskFinding
from harness.comparing.pairing import Match
from harness.statistics.conclusion import Verdict
from harness.statistics.intervals import OTHER_ITEMS, Interval, Test


def finding(p: float, *, low: float = 2.0, high: float = 6.0) -> Finding:
    interval = Interval(low=low, high=high, level=0.95, method="paired bootstrap", answers=OTHER_ITEMS)
    test = Test(p=p, statistic=1.0, method="sign flips", answers=OTHER_ITEMS, n=9, unit="items that differ")
    value = (low + high) / 2
    return Finding(left=value, right=0.0, value=value, by_seed={1: value}, interval=interval, test=test)


def task(name: str, found: Finding, unit: str = "percent", languages: tuple[float, ...] = ()) -> TaskFinding:
    return TaskFinding(
        of=Match("old", "mnli", "mnli"),
        task=name,
        metric="accuracy",
        unit=unit,
        seeds=(1,),
        right_seeds=(1,),
        question="items",
        languages=tuple(
            LanguageFinding(language=f"l{place}", n=100, marks=(), found=finding(p))
            for place, p in enumerate(languages)
        ),
        found=found,
    )


def test_languages_are_explored_and_tasks_are_confirmed() -> None:
    """Of 0.01, 0.02 and 0.04 Benjamini and Hochberg make 0.03, 0.03 and 0.04, Holm 0.03, 0.04 and 0.04."""
    several = [
        task("pawsx", finding(0.01), languages=(0.01, 0.02, 0.04)),
        task("xnli", finding(0.02)),
        task("panx", finding(0.04)),
    ]
    found, of_tasks, of_languages = judged(several, margin=1.0, by_language=True)
    assert [one.found.p for one in found[0].languages] == pytest.approx([0.03, 0.03, 0.04])
    assert [one.found.p for one in found] == pytest.approx([0.03, 0.04, 0.04])
    assert (of_tasks.method, of_languages.method) == ("holm", "benjamini-hochberg")


def test_the_margin_in_points_is_for_scores_in_percent_alone() -> None:
    small = finding(0.001, low=0.2, high=0.6)
    tasks = [task("pawsx", small), task("mlm", small, unit="nats")]
    found, _, _ = judged(tasks, margin=1.0, by_language=False)
    assert [one.found.verdict for one in found] == [Verdict.EQUAL, Verdict.BETTER]
