"""How the tasks of a phase are mixed: by their rows, or by weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from harness.cli.planview import plan_view
from harness.errors import SettingsError

if TYPE_CHECKING:
    from harness.planning.stages import TrainStage
    from tests.planning.conftest import Bench

THREE = ("qqp", "ccg", "mnli")


def mixed(bench: Bench, weights: dict[str, Any], **changes: Any) -> TrainStage:
    plan = bench.plan(intermediate=THREE, baseline=False, set={"precision": "fp32", **weights}, **changes)
    (phase,) = [phase for phase in plan.phases if phase.phase == "intermediate"]
    return phase


def test_weights_count_only_where_they_are_given(bench: Bench) -> None:
    assert mixed(bench, {}).task_weights == {}
    assert "task_weights" not in mixed(bench, {}).inputs
    weights = {"intermediate.weight": 1, "tasks.mnli.weight": 3}
    assert mixed(bench, weights).task_weights == {"qqp": 1, "ccg": 1, "mnli": 3}
    by_kind = {"kinds.text-classification.weight": 0.5, "tasks.ccg.weight": 2}
    assert mixed(bench, by_kind).task_weights == {"qqp": 0.5, "ccg": 2, "mnli": 0.5}


def test_weights_decide_the_phase_and_nothing_else(bench: Bench) -> None:
    plain, even, uneven = (
        mixed(bench, weights) for weights in ({}, {"weight": 1.0}, {"weight": 1.0, "tasks.ccg.weight": 2.0})
    )
    assert len({plain.digest, even.digest, uneven.digest}) == 3
    assert plain.inputs == {name: value for name, value in uneven.inputs.items() if name != "task_weights"}
    targets = [
        next(phase for phase in bench.plan(set=weights, intermediate=THREE).phases if phase.phase == "target")
        for weights in ({}, {"intermediate.weight": 1.0})
    ]
    assert targets[0].digest == targets[1].digest


def test_some_weights_are_refused_by_name(bench: Bench) -> None:
    with pytest.raises(SettingsError, match=r"no weight for qqp, mnli, which ccg would be mixed with") as caught:
        mixed(bench, {"tasks.ccg.weight": 1})
    assert "--set intermediate.weight=1 --set tasks.ccg.weight=2" in str(caught.value)


@pytest.mark.parametrize("changes", [{"mode": "sequential"}, {"mode": "single"}, {"intermediate": ("qqp",)}])
def test_weights_of_nothing_that_is_mixed_are_refused(bench: Bench, changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"tasks\.qqp\.weight has no effect"):
        bench.plan(**{"intermediate": THREE, **changes}, set={"tasks.qqp.weight": 1})


def test_the_plan_shows_shares_and_a_run_follows_and_records_them(bench: Bench) -> None:
    # All but a hundredth of the steps go to ccg, which by its rows would have a half of them.
    changes: dict[str, Any] = {
        "intermediate": ("qqp", "ccg"),
        "baseline": False,
        "set": {"tasks.qqp.weight": 0.01, "tasks.ccg.weight": 0.99, "intermediate.steps": 20, "checkpoint_every": 100},
    }
    console = Console(width=200)
    with console.capture() as shown:
        console.print(plan_view(bench.session(**changes)))
    assert "qqp 1%, ccg 99%" in shown.get()

    from harness.hookspecs import hookimpl

    class Steps:
        def __init__(self) -> None:
            self.tasks: list[str] = []

        @hookimpl
        def step_finished(self, step: dict[str, Any]) -> None:
            self.tasks.append(step["task"])

    seen = Steps()
    outcome = bench.run(seen, **changes)
    # 20 draws of 99 %: fewer than 17 have a probability below 0.0001; by rows, 17 or more one of 0.0013.
    assert seen.tasks[:20].count("ccg") >= 17
    (model,) = bench.results(outcome, "model")
    assert [phase["hyper"].get("task_weights") for phase in model["phases"]] == [{"qqp": 0.01, "ccg": 0.99}, None]
