"""What phases leave of tasks and of what a model can do without training, by hand."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from harness.results.scores import Scores
from harness.studies.retained import Kept, Retained, retained
from tests.study_rows import score_row

PROBE = {"sw": [40.0, 30.0, 20.0], "jv": [20.0, 20.0, 10.0], "de": [80.0, 90.0, 85.0]}
TASKS = {("mnli", 1): 60.0, ("mnli", 2): 50.0, ("squad", 2): 30.0}
IDEAL = {"mnli": 80.0, "squad": 40.0}


def of(phases: list[list[str]], without: Collection[tuple[str, int]] = ()) -> Retained:
    rows = [
        score_row("a", 1, "tatoeba", code, values[phase], phase=phase)
        for code, values in PROBE.items()
        for phase in range(len(phases) + 1)
    ]
    rows += [
        score_row("a", 1, task, "en", value, phase=phase)
        for (task, phase), value in TASKS.items()
        if (task, phase) not in without
    ]
    classes = {"low": ["sw", "jv"], "mid": [], "high": ["de"]}
    return retained(Scores(rows), phases=phases, probe="tatoeba", classes=classes, ideal=IDEAL)


def test_a_chain_of_two() -> None:
    found = of([["mnli"], ["squad"]])
    # mnli goes from 60 to 50; after squad, both have 80 of 120.
    tasks = found.tasks
    assert (tasks.backward, tasks.forgetting, tasks.omega) == pytest.approx((-10.0, 10.0, 80 / 120))
    assert set(found.probe) == {"low", "high"}
    # The means before, between and after: 30, 25, 15.
    low = found.probe["low"]
    assert (low.backward, low.forgetting, low.omega) == pytest.approx((-15.0, 15.0, (25 / 30 + 15 / 30) / 2))
    # What was gained and lost again is forgotten, too.
    high = found.probe["high"]
    assert (high.backward, high.forgetting, high.omega) == pytest.approx((5.0, 5.0, (90 / 80 + 85 / 80) / 2))


def test_one_phase_forgets_none_of_its_tasks() -> None:
    found = of([["mnli"]])
    assert found.tasks == Kept()
    low = found.probe["low"]
    assert (low.backward, low.forgetting, low.omega) == pytest.approx((-5.0, 5.0, 25 / 30))


def test_what_lacks_a_score_is_not_computed() -> None:
    found = of([["mnli"], ["squad"]], without={("mnli", 2)})
    assert found.tasks == Kept()
    assert found.probe["low"].backward == -15.0
