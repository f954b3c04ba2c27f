"""How the tasks of a phase are mixed: by their rows, or by weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from harness.report.plan import plan_view
from tests.raising import Refusal, raises_code

if TYPE_CHECKING:
    from harness.planning.stages.training import Trained
    from tests.planning.conftest import Bench

THREE = ("qqp", "ccg", "mnli")


def mixed(bench: Bench, weights: dict[str, Any], **changes: Any) -> Trained:
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


def test_the_way_of_mixing_decides_the_phase_where_it_is_not_the_default(bench: Bench) -> None:
    settings: list[dict[str, Any]] = [
        {},
        {"mixing": "proportional"},
        {"mixing": "uniform"},
        {"mixing": "temperature"},
        {"mixing": "temperature", "temperature": 5.0},
        {"cap": 10},
    ]
    phases = [mixed(bench, changes) for changes in settings]
    assert len({phase.digest for phase in phases}) == len(phases)
    # What stored stages were made with.
    assert not {"mixing", "temperature", "replay"} & phases[0].inputs["hyper"].keys()
    same: list[dict[str, Any]] = [{"mixing": "capped"}, {"intermediate.mixing": "capped"}, {"cap": 131072}]
    assert {mixed(bench, changes).digest for changes in same} == {phases[0].digest}
    # 12 rows each of qqp and mnli; ccg has as many sentences.
    assert phases[2].mixing.shares({"qqp": 12, "ccg": 6, "mnli": 12}) == {"qqp": 1 / 3, "ccg": 1 / 3, "mnli": 1 / 3}
    assert phases[5].mixing.shares({"qqp": 12, "ccg": 5, "mnli": 12}) == {"qqp": 0.4, "ccg": 0.2, "mnli": 0.4}


@pytest.mark.parametrize(
    ("changes", "refusal", "fix"),
    [
        (
            {"mixing": "uniform", "cap": 5},
            ("setting-without-effect", "cap", "uniform"),
            "capped or temperature",
        ),
        (
            {"mixing": "proportional", "cap": 5},
            ("setting-without-effect", "cap", "proportional"),
            "capped or temperature",
        ),
        ({"temperature": 3.0}, ("setting-without-effect", "temperature", "capped"), "intermediate.mixing=temperature"),
        (
            {"mixing": "uniform", "weight": 1.0},
            ("setting-without-effect", "mixing", "qqp, ccg, mnli"),
            "weights",
        ),
        ({"mixing": "capped", "weight": 1.0}, ("setting-without-effect", "mixing"), "leave out mixing"),
        ({"cap": 5, "weight": 1.0}, ("setting-without-effect", "cap"), "leave out cap"),
        (
            {"target.mixing": "uniform"},
            ("setting-without-effect", "target.mixing"),
            "leave it out",
        ),
        (
            {"tasks.qqp.mixing": "uniform"},
            ("setting-without-effect", "tasks.qqp.mixing", "qqp"),
            "intermediate.mixing",
        ),
    ],
)
def test_what_a_way_of_mixing_does_not_read_is_refused(
    bench: Bench, changes: dict[str, Any], refusal: Refusal, fix: str
) -> None:
    with raises_code(*refusal) as caught:
        mixed(bench, changes)
    assert fix in (caught.value.fix or "")


def test_the_cap_counts_the_steps_of_an_epoch_whatever_the_weights(bench: Bench) -> None:
    by_epochs = {"intermediate.steps": 0, "intermediate.epochs": 2.0, "cap": 5, "weight": 1.0}
    # Three tasks of 5 rows that count, twice, in steps of 4: 30 / 4.
    sizes = {"qqp": 12, "ccg": 12, "mnli": 12}
    assert mixed(bench, by_epochs).mixing.steps(sizes, epochs=2.0, batch_size=4) == 8


@pytest.mark.parametrize("name", ["mixing", "cap", "temperature"])
@pytest.mark.parametrize("changes", [{"mode": "sequential"}, {"mode": "single"}, {"intermediate": ("qqp",)}])
def test_ways_of_mixing_nothing_are_refused(bench: Bench, name: str, changes: dict[str, Any]) -> None:
    value = {"mixing": "uniform", "cap": 5, "temperature": 3.0}[name]
    with raises_code("setting-without-effect", name):
        bench.plan(**{"intermediate": THREE, **changes}, set={name: value})


def test_some_weights_are_refused_by_name(bench: Bench) -> None:
    with raises_code("weight-missing", "qqp, mnli", "ccg") as caught:
        mixed(bench, {"tasks.ccg.weight": 5})
    assert "qqp{weight=1} + ccg{weight=5} + mnli{weight=1} in an arm's text" in str(caught.value)
    assert "--set intermediate.weight=1 --set tasks.ccg.weight=5" in str(caught.value)


@pytest.mark.parametrize("changes", [{"mode": "sequential"}, {"mode": "single"}, {"intermediate": ("qqp",)}])
def test_weights_of_nothing_that_is_mixed_are_refused(bench: Bench, changes: dict[str, Any]) -> None:
    with raises_code("setting-without-effect", "tasks.qqp.weight"):
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


def test_the_plan_tells_phases_apart_that_differ_in_their_settings_alone(bench: Bench) -> None:
    arms = {"a": "qqp{lr=1e-3}", "b": "qqp{lr=2e-3}", "c": "(qqp + ccg){max_length=24}", "d": "qqp + ccg"}
    console = Console(width=200)
    with console.capture() as shown:
        console.print(plan_view(bench.session(arms=arms, intermediate=(), baseline=False)))
    rows = [line.split("  ") for line in shown.get().splitlines()]
    cells = [cell.strip() for row in rows for cell in row]
    # Once as a phase of its own, once as what the target comes after.
    assert [cells.count(f"qqp{{lr={value}}}") for value in ("0.001", "0.002")] == [2, 2]
    assert cells.count("(qqp, ccg){tasks.qqp.max_length=24, tasks.ccg.max_length=24}") == 2


def test_the_plan_names_the_models_of_arms_with_their_own(bench: Bench) -> None:
    arms = {"big": {"arm": "qqp", "set": {"model.layers": 3}}}
    console = Console(width=200)
    with console.capture() as shown:
        console.print(plan_view(bench.session(arms=arms, intermediate=(), model="scratch")))
    first, second, *_ = shown.get().splitlines()
    assert first.startswith("model scratch (built, ")
    assert first.endswith(", of none")
    assert "3 layers" in second
    assert second.endswith(", of big")
