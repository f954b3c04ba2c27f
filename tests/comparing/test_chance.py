"""How much of what is above chance either side has."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from harness.comparing.chance import above_chance, chance_notes
from harness.comparing.findings import find_task
from harness.comparing.formats import render
from harness.comparing.pairing import Match, PairedTask
from harness.registry import default_registry
from harness.results.scores import Scores, no_items
from tests.comparing.known import scored
from tests.comparing.test_compared_tables import sides, task


def test_the_share_is_told_where_chance_is_known() -> None:
    tasks = [task("xnli", chance=100 / 3), task("pawsx", chance=50.0), task("udpos")]
    (line,) = chance_notes(tasks)
    assert line == (
        "Share of what is above chance, left and right: xnli 28.0 and 25.0 % (chance 33.3); "
        "pawsx 4.0 and 0.0 % (chance 50)."
    )
    assert list(chance_notes([task("udpos")])) == []
    (worse,) = chance_notes([task("pawsx", chance=60.0)])
    assert worse.endswith("(chance 60). Below 0 is worse than guessing.")


def test_each_of_several_sides_has_its_line() -> None:
    tasks = [task(chance=25.0), task(chance=25.0, of=Match("older", "mnli", "none"))]
    lines = list(chance_notes(tasks))
    assert [line.partition(":")[0].partition(" (")[2] for line in lines] == [
        "mnli and mnli of old)",
        "mnli and none of older)",
    ]


def test_other_units_have_no_share() -> None:
    assert above_chance(60.0, task(chance=50.0)) == pytest.approx(0.2)
    assert above_chance(40.0, task(chance=50.0)) == pytest.approx(-0.2)
    assert above_chance(60.0, task()) is None
    assert above_chance(60.0, task(chance=50.0, unit="seconds")) is None


def test_the_flat_table_has_it() -> None:
    row, other = csv.DictReader(io.StringIO(render(sides(task(chance=40.0), task()), "csv").decode()))
    assert [float(row[name]) for name in ("chance", "left_above_chance", "right_above_chance")] == pytest.approx(
        [40, 0.2, 1 / 6]
    )
    assert (other["chance"], other["left_above_chance"]) == ("", "")


@pytest.mark.parametrize(("of", "chance"), [({}, 50.0), ({"metric": "token_accuracy"}, None), ({"task": "gone"}, None)])
def test_a_task_says_it_of_its_main_metric(of: dict[str, Any], chance: float | None) -> None:
    left, right = (scored([1, 0], made, **{"task": "pawsx", "metric": "accuracy", **of}) for made in "ab")
    paired = PairedTask(
        task=left["task"],
        metric=left["metric"],
        left=Scores([left]),
        right=Scores([right]),
        seeds=(1,),
        right_seeds=(1,),
    )
    found = find_task(Match("old", "mnli", "mnli"), paired, no_items, default_registry())
    assert found.chance == chance
