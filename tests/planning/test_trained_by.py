"""What trained a phase is no part of its digest: records say it, and screens say where it differs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from harness.report.plan import plan_view
from harness.report.summary import summary_view
from harness.results.consistency import unlike_here, unlike_training
from harness.results.schema import TrainedBy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.planning.conftest import Bench
else:
    Bench = Any


def shown(view: Callable[[], Any]) -> str:
    console = Console(file=io.StringIO(), width=400)
    console.print(view())
    printed: str = console.file.getvalue()  # type: ignore[attr-defined]
    return printed


def trained_by(**changes: Any) -> TrainedBy:
    return TrainedBy(**{"ranks": 1, "device": "cpu", "token_budget": 4096, "versions": {"torch": "2.13.0"}, **changes})


def test_records_say_what_trained_a_phase_and_not_what_runs_now(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {"set": {"token_budget": 99}}
    bench.run(**asked)
    assert "of the store" not in shown(lambda: plan_view(bench.session(**asked)))
    monkeypatch.setattr("harness.training.machine.device_name", lambda: "NVIDIA H200")
    plan = shown(lambda: plan_view(bench.session(**asked)))
    assert "3 phases of the store were trained with device cpu (here NVIDIA H200); this changes rounding and" in plan
    outcome = bench.run(**asked)
    assert outcome.built == 0
    phases = [phase for model in bench.results(outcome, "model") for phase in model["phases"]]
    assert len(phases) == 3
    for phase in phases:
        (found,) = phase["trained_by"]
        assert (found["ranks"], found["device"], found["token_budget"]) == (1, "cpu", 99)
        assert found["versions"].keys() > {"xharness", "torch"}


def test_a_plan_counts_the_ranks_that_are_asked_for(bench: Bench) -> None:
    bench.run()
    assert "of the store" not in shown(lambda: plan_view(bench.session(), ranks=1))
    plan = shown(lambda: plan_view(bench.session(), ranks=2))
    assert "3 phases of the store were trained with ranks 1 (here 2); this changes rounding\n" in plan


@pytest.mark.parametrize(
    ("trained", "expected"),
    [
        ((), ""),
        (({},), ""),
        (({"ranks": 2},), "ranks 2 (here 1); this changes rounding"),
        (({"ranks": 2}, {}), "ranks 2 and 1 (here 1); this changes rounding"),
        (
            ({"ranks": 2, "token_budget": 9},),
            "ranks 2 (here 1), token_budget 9 (here 4096); this changes rounding and which dropout is drawn, as "
            "another seed does",
        ),
    ],
)
def test_what_differs_from_here_says_whose_it_is(trained: tuple[dict[str, int], ...], expected: str) -> None:
    assert unlike_here([trained_by(**one) for one in trained], trained_by()) == expected


def test_a_summary_tells_of_phases_that_were_not_trained_alike(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.run()
    monkeypatch.setattr("harness.training.machine.device_name", lambda: "NVIDIA H200")
    outcome = bench.run(seeds=(1, 2))
    summary = shown(lambda: summary_view(outcome.directory, bench.store.root))
    assert (
        "the phases behind these scores were not all trained alike (device cpu and NVIDIA H200; this changes" in summary
    )


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ((), ""),
        ((trained_by(),), ""),
        ((trained_by(ranks=4),), "ranks 1 and 4; this changes rounding"),
        ((trained_by(versions={"torch": "2.12.0"}),), "torch 2.13.0 and 2.12.0; this changes rounding"),
        (
            (trained_by(ranks=4), trained_by(token_budget=100)),
            "ranks 1 and 4, token_budget 4096 and 100; this changes rounding and which dropout is drawn, as another "
            "seed does",
        ),
    ],
)
def test_what_differs_is_named_with_what_it_changes(others: tuple[TrainedBy, ...], expected: str) -> None:
    assert unlike_training([trained_by(), *others]) == expected
