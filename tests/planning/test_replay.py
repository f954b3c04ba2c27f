"""Later phases of a sequence that go on with the tasks before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from harness.hookspecs import hookimpl
from harness.report.plan import plan_view
from tests.raising import Refusal, raises_code

if TYPE_CHECKING:
    from harness.planning.plan import Plan
    from harness.planning.stages.training import Trained
    from tests.planning.conftest import Bench

THREE: dict[str, Any] = {"intermediate": ("qqp", "ccg", "mnli"), "mode": "sequential", "baseline": False}


def intermediate(plan: Plan) -> list[Trained]:
    return [phase for phase in plan.phases if phase.phase == "intermediate"]


def test_later_phases_share_their_steps_with_the_tasks_before(bench: Bench) -> None:
    first, second, third = intermediate(bench.plan(**THREE, set={"intermediate.replay": 0.2}))
    assert [first.replayed, second.replayed, third.replayed] == [(), ("qqp",), ("qqp", "ccg")]
    assert [first.names, second.names, third.names] == [("qqp",), ("ccg", "qqp"), ("mnli", "qqp", "ccg")]
    assert second.mixing.shares({"ccg": 60, "qqp": 12}) == pytest.approx({"ccg": 0.8, "qqp": 0.2})
    # A fifth to both, of which qqp has 30 of 40 rows.
    shares = third.mixing.shares({"mnli": 12, "qqp": 30, "ccg": 10})
    assert shares == pytest.approx({"mnli": 0.8, "qqp": 0.15, "ccg": 0.05})
    # The phase is as long as without replay.
    assert second.mixing.steps({"ccg": 60, "qqp": 12}, epochs=1.0, batch_size=4) == 15
    plain = intermediate(bench.plan(**THREE))
    assert [phase.replayed for phase in plain] == [(), (), ()]
    assert plain[0].digest == first.digest
    assert plain[1].digest != second.digest


def test_the_mixing_among_the_tasks_before_is_the_one_asked_for(bench: Bench) -> None:
    replay: dict[str, Any] = {"intermediate.replay": 0.5}
    *_, third = intermediate(bench.plan(**THREE, set={**replay, "mixing": "uniform"}))
    shares = third.mixing.shares({"mnli": 12, "qqp": 30, "ccg": 10})
    assert shares == pytest.approx({"mnli": 0.5, "qqp": 0.25, "ccg": 0.25})
    weights = {"tasks.qqp.weight": 4, "tasks.ccg.weight": 1}
    *_, third = intermediate(bench.plan(**THREE, set={**replay, **weights}))
    shares = third.mixing.shares({"mnli": 12, "qqp": 30, "ccg": 10})
    assert shares == pytest.approx({"mnli": 0.5, "qqp": 0.4, "ccg": 0.1})


def test_each_phase_may_replay_its_own_share(bench: Bench) -> None:
    _, second, third = intermediate(bench.plan(**THREE, set={"replay": 0.2, "tasks.mnli.replay": 0.4}))
    assert [second.mixing.replay, third.mixing.replay] == [0.2, 0.4]
    _, second, third = intermediate(bench.plan(**THREE, set={"tasks.ccg.replay": 0.4}))
    assert [second.replayed, third.replayed] == [("qqp",), ()]


@pytest.mark.parametrize(
    ("changes", "settings", "refusal"),
    [
        ({"mode": "multitask"}, {"replay": 0.2}, ("setting-without-effect", "replay")),
        ({"mode": "single"}, {"intermediate.replay": 0.2}, ("setting-without-effect", "intermediate.replay")),
        ({"intermediate": ("qqp",)}, {"intermediate.replay": 0.2}, ("setting-without-effect",)),
        ({}, {"target.replay": 0.2}, ("setting-without-effect", "target.replay")),
        ({}, {"tasks.qqp.replay": 0.2}, ("setting-without-effect", "tasks.qqp.replay")),
        ({}, {"tasks.mnli.replay": 0.2}, ("cannot-replay", "mnli", "qqp", "ccg")),
        ({}, {"replay": 0.2, "tasks.qqp.weight": 1}, ("weight-missing", "ccg")),
        ({"intermediate": ("qqp", "ccg")}, {"replay": 0.2, "weight": 1.0}, ("setting-without-effect", "weight")),
    ],
)
def test_replay_of_nothing_is_refused(
    bench: Bench, changes: dict[str, Any], settings: dict[str, Any], refusal: Refusal
) -> None:
    with raises_code(*refusal) as caught:
        bench.plan(**{**THREE, **changes}, set=settings)
    assert caught.value.fix


def test_heads_go_on_from_where_they_were(bench: Bench) -> None:
    class Seen:
        def __init__(self) -> None:
            self.weights: list[dict[str, Any]] = []
            self.tasks: list[list[str]] = []

        @hookimpl
        def phase_started(self, phase: dict[str, Any]) -> None:
            self.weights.append(phase["weights"])
            self.tasks.append([])

        @hookimpl
        def step_finished(self, step: dict[str, Any]) -> None:
            self.tasks[-1].append(step["task"])

    # So small a learning rate that weights stay where they start, but for the weight decay, which is off.
    still = {"tasks.ccg.lr": 1e-30, "weight_decay": 0.0, "intermediate.steps": 12, "intermediate.replay": 0.5}
    asked: dict[str, Any] = {"intermediate": ("qqp", "ccg"), "mode": "sequential", "baseline": False, "set": still}
    seen = Seen()
    outcome = bench.run(seen, **asked)
    assert not outcome.failures
    assert [(w["heads_new"], w["heads_continued"], w["heads_left_out"]) for w in seen.weights] == [
        (["qqp"], [], []),
        (["ccg"], ["qqp"], []),
        (["pawsx"], [], ["ccg", "qqp"]),
    ]
    # Of 12 steps half: fewer than 2 or more than 10 have a probability of 0.006, and the draw is the same every time.
    assert 2 <= seen.tasks[1].count("qqp") <= 10
    first, second = (
        load_file(bench.store.path("train", phase.digest) / "head-qqp.safetensors")
        for phase in intermediate(bench.plan(**asked))
    )
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    (model,) = bench.results(outcome, "model")
    assert [phase["hyper"].get("replayed") for phase in model["phases"]] == [None, ["qqp"], None]
    console = Console(width=200)
    with console.capture() as shown:
        console.print(plan_view(bench.session(**asked)))
    assert "ccg 50%, qqp 50%" in shown.get()
