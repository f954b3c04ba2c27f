"""Targets whose benchmark trains them after other tasks."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from harness.planning.stages.training import Trained

if TYPE_CHECKING:
    from harness.planning.plan import Cell, Plan
    from tests.planning.conftest import Bench


@pytest.fixture
def bench(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """`tatoeba` is scored after a phase on `squad`, and `pawsx` trained after one on `qqp`."""
    after = {"tatoeba": ("squad",), "pawsx": ("qqp",)}
    tasks = {name: dataclasses.replace(task, after=after.get(name, ())) for name, task in bench.registry.tasks.items()}
    monkeypatch.setitem(vars(bench.registry), "tasks", MappingProxyType(tasks))
    return bench


def led_by(plan: Plan, task: str, arm: str = "none") -> list[tuple[str, tuple[str, ...]]]:
    def is_meant(cell: Cell) -> bool:
        return (cell.task, cell.arm.label) == (task, arm)

    phases = {cell.stage.checkpoint.phases for cell in filter(is_meant, plan.cells)}
    (found,) = phases
    return [(phase.phase, phase.names) for phase in found]


def test_the_phases_it_comes_after_are_target_phases_before_its_own(bench: Bench) -> None:
    plan = bench.plan(intermediate=("mnli",), target=("pawsx",))
    assert led_by(plan, "pawsx") == [("target", ("qqp",)), ("target", ("pawsx",))]
    assert led_by(plan, "pawsx", "mnli") == [
        ("intermediate", ("mnli",)),
        ("target", ("qqp",)),
        ("target", ("pawsx",)),
    ]


def test_a_task_without_training_is_scored_after_them(bench: Bench) -> None:
    assert led_by(bench.plan(intermediate=(), target=("tatoeba",)), "tatoeba") == [("target", ("squad",))]


def test_they_are_shared_with_the_target_that_they_are(bench: Bench) -> None:
    plan = bench.plan(intermediate=(), target=("squad", "tatoeba"))
    assert [phase.names for phase in plan.phases] == [("squad",)]
    assert len({s.stage.checkpoint.digest for s in plan.cells}) == 1


def test_each_has_the_hyper_parameters_of_its_own_task(bench: Bench) -> None:
    plan = bench.plan(intermediate=(), target=("pawsx",), set={"tasks.qqp.lr": 0.25, "tasks.pawsx.lr": 0.5})
    assert [phase.hyper.lr for phase in plan.phases if isinstance(phase, Trained)] == [0.25, 0.5]


def test_its_head_is_the_last_phases(bench: Bench) -> None:
    outcome = bench.run(intermediate=(), target=("pawsx",), set={"steps": 2})
    assert outcome.failures == []
    (model,) = bench.results(outcome, "model")
    assert [phase["tasks"] for phase in model["phases"]] == [["qqp"], ["pawsx"]]
    assert {score["task"] for score in bench.results(outcome)} == {"pawsx"}
