"""The continued-training control: an intermediate phase on the rows that a target trains on."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from rich.console import Console

from harness.planning.session import models_of_run, plan_evaluation, settings_of_run
from harness.report.summary import summary_view
from harness.results.runs import STORE
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.planning.plan import Plan
    from tests.planning.conftest import Bench

CONTROL = "target-english"


def chains(plan: Plan) -> dict[tuple[str, str], list[tuple[str, tuple[str, ...]]]]:
    """Phases and tasks behind the scores of each arm and target."""
    return {
        (cell.arm.label, cell.task): [(phase.phase, phase.names) for phase in cell.stage.checkpoint.phases]
        for cell in plan.cells
    }


def test_each_target_goes_on_with_its_own_rows_and_then_has_its_phase(bench: Bench) -> None:
    plan = bench.plan(intermediate=(CONTROL,), target=("pawsx", "squad"))
    found = chains(plan)
    assert found["none", "pawsx"] == [("target", ("pawsx",))]
    assert found[CONTROL, "pawsx"] == [("intermediate", ("pawsx",)), ("target", ("pawsx",))]
    assert found[CONTROL, "squad"] == [("intermediate", ("squad",)), ("target", ("squad",))]
    # By the hyper-parameters of intermediate phases: 3 steps instead of 2.
    assert {(phase.phase, phase.hyper.steps) for phase in plan.phases} == {("intermediate", 3), ("target", 2)}


def test_it_is_an_arm_beside_others_and_shares_what_is_the_same(bench: Bench) -> None:
    plan = bench.plan(intermediate=("squad", CONTROL), target=("pawsx", "squad"), mode="single")
    found = chains(plan)
    assert found[CONTROL, "pawsx"] == [("intermediate", ("pawsx",)), ("target", ("pawsx",))]
    assert found["squad", "pawsx"] == [("intermediate", ("squad",)), ("target", ("pawsx",))]
    # For the target squad both arms are the same training, done once.
    ends = {s.arm.label: s.stage.digest for s in plan.cells if s.task == "squad" and s.arm.label != "none"}
    assert ends.keys() == {"squad", CONTROL}
    assert len(set(ends.values())) == 1


def test_in_a_mix_or_a_sequence_it_stands_for_the_targets_rows(bench: Bench) -> None:
    asked: dict[str, Any] = {"intermediate": ("qqp", CONTROL), "target": ("pawsx", "squad", "qqp"), "baseline": False}
    found = chains(bench.plan(**asked))
    arm = f"qqp + {CONTROL}"
    assert found[arm, "pawsx"] == [("intermediate", ("qqp", "pawsx")), ("target", ("pawsx",))]
    assert found[arm, "squad"] == [("intermediate", ("qqp", "squad")), ("target", ("squad",))]
    # What is in the mix already is not there twice.
    assert found[arm, "qqp"] == [("intermediate", ("qqp",)), ("target", ("qqp",))]
    found = chains(bench.plan(**asked, mode="sequential"))
    wanted = [("intermediate", ("qqp",)), ("intermediate", ("squad",)), ("target", ("squad",))]
    assert found[f"qqp > {CONTROL}", "squad"] == wanted


def test_its_settings_go_by_the_targets_name(bench: Bench) -> None:
    settings = {"tasks.pawsx.weight": 3, "tasks.qqp.weight": 1}
    plan = bench.plan(intermediate=("qqp", CONTROL), baseline=False, set=settings)
    assert plan.phases[0].task_weights == {"qqp": 1, "pawsx": 3}
    plan = bench.plan(intermediate=(CONTROL,), baseline=False, set={"intermediate.examples": 5})
    assert [phase.tasks[0].digest.endswith("/5") for phase in plan.phases] == [True, False]


def test_targets_without_training_rows_have_no_such_arm(bench: Bench) -> None:
    plan = bench.plan(intermediate=("qqp", CONTROL), mode="single", target=("pawsx", "tatoeba"))
    assert [key for key in chains(plan) if key[1] == "tatoeba"] == [("none", "tatoeba"), ("qqp", "tatoeba")]
    with raises_code("target-without-training", "target-english", "tatoeba"):
        bench.plan(intermediate=("qqp", CONTROL), mode="single", target=("tatoeba",))


def test_a_misspelt_name_is_met_with_the_right_one(bench: Bench) -> None:
    with raises_code("unknown-task", "target-english"):
        bench.plan(intermediate=("target-englich",))
    with raises_code("unknown-task", "target-english"):
        bench.plan(target=(CONTROL,))
    assert bench.plan(intermediate=("qqp", CONTROL, f"-{CONTROL}")).arms[-1].intermediate == ("qqp",)


def test_a_run_scores_it_shows_what_is_missing_and_is_evaluated(bench: Bench) -> None:
    outcome = bench.run(intermediate=(CONTROL,), target=("pawsx", "tatoeba"))
    assert not outcome.failures
    (run,) = bench.results(outcome, "run")
    assert [(arm["label"], [phase["tasks"] for phase in arm["phases"]]) for arm in run["arms"]] == [
        ("none", []),
        (CONTROL, [[CONTROL]]),
    ]
    (after,) = {score["model"] for score in bench.results(outcome) if score["arm"] == CONTROL}
    (found,) = (model for model in bench.results(outcome, "model") if model["digest"] == after)
    assert [(phase["phase"], phase["tasks"]) for phase in found["phases"]] == [
        ("intermediate", ["pawsx"]),
        ("target", ["pawsx"]),
    ]
    console = Console(file=io.StringIO(), width=120, record=True)
    console.print(summary_view(outcome.directory, bench.runs / STORE))
    lines = [" ".join(line.split()) for line in console.export_text().splitlines()]
    assert "target-english - - - - -" in lines
    assert "tatoeba has no arm target-english: it trains on no rows of its own" in lines
    # Scored once more, the target has the head of its own phase, not that of the phase before.
    settings = settings_of_run(outcome.directory, bench.registry, {"target": ("pawsx",)})
    models = models_of_run(outcome.directory, bench.runs, bench.registry)
    again = plan_evaluation(settings, bench.registry, bench.runs, models=models, metrics=None, train=False)
    assert chains(again.plan)[CONTROL, "pawsx"] == [("intermediate", ("pawsx",)), ("target", ("pawsx",))]
