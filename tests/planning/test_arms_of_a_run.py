"""Arms by text, with settings of their own and with several values of the run's, in one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.planning.session import models_of_run, plan_evaluation, settings_of_run
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.planning.plan import Plan
    from harness.planning.stages.training import Trained
    from tests.planning.conftest import Bench

NO_SHORTHAND: dict[str, Any] = {"intermediate": (), "baseline": False}


def digests(plan: Plan, label: str) -> list[str]:
    return [cell.stage.digest for cell in plan.cells if cell.arm.label == label]


def phases(plan: Plan, label: str) -> tuple[Trained, ...]:
    return next(cell.stage.checkpoint.phases for cell in plan.cells if cell.arm.label == label)


@pytest.mark.parametrize(
    ("mode", "text"), [("sequential", "qqp > ccg"), ("multitask", "qqp + ccg"), ("single", "qqp"), ("single", "ccg")]
)
def test_an_arm_by_text_is_the_arm_by_mode(bench: Bench, mode: str, text: str) -> None:
    # A model's tokenizer is made for all tasks of a run's arms.
    tasks = (text,) if mode == "single" else ("qqp", "ccg")
    by_mode = bench.plan(intermediate=tasks, mode=mode)
    by_text = bench.plan(arms={"here": text}, **NO_SHORTHAND)
    assert digests(by_text, "here") == digests(by_mode, text) != []
    # Both together are one arm where they have one label.
    both = bench.plan(intermediate=tasks, mode=mode, arms={text: text})
    assert [arm.label for arm in both.arms] == [arm.label for arm in by_mode.arms]


def test_an_arm_under_two_labels_is_trained_once(bench: Bench) -> None:
    plan = bench.plan(arms={"one": "qqp > ccg", "two": "qqp>ccg"}, **NO_SHORTHAND)
    assert digests(plan, "one") == digests(plan, "two") != []
    assert [phase.names for phase in plan.phases] == [("qqp",), ("ccg",), ("pawsx",)]


def test_settings_in_braces_are_of_their_phase_alone(bench: Bench) -> None:
    text = "qqp{lr=0.5} > (qqp + ccg{weight=3, max_length=20} + squad{weight=1}){lr=0.25, steps=2} > ccg"
    with raises_code("weight-missing"):
        bench.plan(arms={"a": text}, **NO_SHORTHAND)
    text = text.replace("(qqp", "(qqp{weight=1}")
    first, second, third, target = phases(bench.plan(arms={"a": text}, **NO_SHORTHAND), "a")
    assert [phase.hyper.lr for phase in (first, second)] == [0.5, 0.25]
    assert third.hyper.lr == target.hyper.lr not in (0.5, 0.25)
    assert (second.hyper.steps, second.task_weights) == (2, {"qqp": 1, "ccg": 3, "squad": 1})
    assert [rows.hyper.max_length == 20 for rows in second.tasks] == [False, True, False]
    assert [third.tasks[0].hyper.max_length == 20, third.hyper.steps == 2] == [False, False]


def test_braces_beat_the_arm_which_beats_the_run(bench: Bench) -> None:
    arms = {"a": {"arm": "qqp{lr=0.5} > ccg", "set": {"lr": 0.25}}, "b": "qqp > ccg"}
    plan = bench.plan(arms=arms, set={"lr": 0.1, "target.lr": 0.125}, **NO_SHORTHAND)
    assert [phase.hyper.lr for phase in phases(plan, "a")] == [0.5, 0.25, 0.25]
    assert [phase.hyper.lr for phase in phases(plan, "b")] == [0.1, 0.1, 0.125]


def test_the_targets_own_task_takes_its_settings_with_it(bench: Bench) -> None:
    arms = {"a": "qqp > target-english{lr=0.5, steps=2}"}
    plan = bench.plan(arms=arms, target=("pawsx", "ccg"), **NO_SHORTHAND)
    found = {phase.names: (phase.hyper.lr, phase.hyper.steps) for phase in plan.phases if len(phase.phases) == 2}
    assert found == {("pawsx",): (0.5, 2), ("ccg",): (0.5, 2)}


def test_an_arm_may_start_from_another_model(bench: Bench) -> None:
    arms = {"wide": {"arm": "none", "set": {"model.hidden_size": 32}}, "qqp": "qqp"}
    plan = bench.plan(arms=arms, intermediate=(), set={"model.hidden_size": 16})
    assert {label: model.shape.hidden_size for label, model in plan.models.items()} == {
        "none": 16,
        "wide": 32,
        "qqp": 16,
    }
    assert len({model.digest for model in plan.models.values()}) == 2
    outcome = bench.run(arms=arms, intermediate=(), set={"model.hidden_size": 16})
    starts = {result["start"] for result in bench.results(outcome, "model")}
    assert (outcome.failures, starts) == ([], {model.digest for model in plan.models.values()})
    # Each arm is evaluated on the model that it started from.
    settings = settings_of_run(outcome.directory, bench.registry, {"target": ("pawsx",)})
    models = models_of_run(outcome.directory, bench.runs, bench.registry)
    again = plan_evaluation(settings, bench.registry, bench.runs, models=models, metrics=None, train=False).plan
    assert {cell.stage.digest for cell in again.cells} == {cell.stage.digest for cell in plan.cells}
    # One that the run has not come to starts from the model of its parameters.
    del models["qqp"]
    again = plan_evaluation(settings, bench.registry, bench.runs, models=models, metrics=None, train=False).plan
    assert {cell.stage.digest for cell in again.cells} == {cell.stage.digest for cell in plan.cells}


def test_several_values_give_what_one_run_for_each_gave(bench: Bench) -> None:
    plan = bench.plan(set={"lr": [0.1, 0.2]})
    assert [arm.label for arm in plan.arms] == ["none, lr=0.1", "none, lr=0.2", "qqp, lr=0.1", "qqp, lr=0.2"]
    for lr in (0.1, 0.2):
        alone = bench.plan(set={"lr": lr})
        for arm in ("none", "qqp"):
            assert digests(plan, f"{arm}, lr={lr}") == digests(alone, arm) != []


def test_one_of_several_values_stands_where_it_was_said(bench: Bench) -> None:
    """What is said of a narrower scope goes on beating it."""
    plan = bench.plan(set={"lr": [0.1, 0.2], "target.lr": 0.3})
    assert [phase.hyper.lr for phase in phases(plan, "qqp, lr=0.2")] == [0.2, 0.3]


@pytest.mark.parametrize(
    ("arms", "values", "code"),
    [
        ({"late": {"arm": "qqp", "set": {"lr": 0.1}}}, {"lr": [0.1, 0.2]}, "several-values-in-arm"),
        ({"late": {"arm": "qqp", "set": {"lr": [0.1, 0.2]}}}, {}, "several-values-in-arm"),
        ({}, {"lr": [0.1, 0.1]}, "repeated-value"),
        ({}, {"lr": [0.1, "fast"]}, "wrong-type"),
        ({"late": "qqp", "qqp": "ccg"}, {}, "bad-arm-label"),
        ({"late": "early: qqp"}, {}, "repeated-label"),
        ({"late": "mlm@nothing"}, {}, "unknown-task"),
        ({"late": {"arm": "qqp", "set": {"target.mixing": "uniform"}}}, {}, "setting-without-effect"),
        ({"late": "qqp > ccg + squad{max_query_length=9} > mnli{replay=0.5}"}, {}, "cannot-replay"),
        ({"late": "qqp + ccg > (squad + mnli){replay=0.5}"}, {}, "mix-cannot-replay"),
    ],
)
def test_what_cannot_be_meant_is_refused(bench: Bench, arms: dict[str, Any], values: dict[str, Any], code: str) -> None:
    with raises_code(code):
        bench.plan(arms=arms, set=values)


def test_an_arm_to_compare_with_must_be_there(bench: Bench) -> None:
    assert bench.plan(against="qqp", set={"lr": [0.1, 0.2]}).settings.against == "qqp"
    with raises_code("unknown-arm", "qqq"):
        bench.plan(against="qqq")


def test_each_kept_step_of_the_scored_phase_is_scored(bench: Bench) -> None:
    asked = {
        "intermediate": ("qqp",),
        "target": ("pawsx", "tatoeba"),
        "set": {"intermediate.steps": 5, "target.steps": 5},
        "score_snapshots": True,
    }
    plan = bench.plan(**asked)
    found: dict[tuple[str, str], set[Any]] = {(s.arm.label, s.task): set() for s in plan.cells}
    for cell in plan.cells:
        found[cell.arm.label, cell.task].add(cell.at.get("step"))
    kept = {None, 1, 2, 4}
    assert found == {
        ("none", "pawsx"): kept,
        ("qqp", "pawsx"): kept,
        ("none", "tatoeba"): {None},
        ("qqp", "tatoeba"): kept,
    }
    outcome = bench.run(**asked)
    assert not outcome.failures
    assert outcome.scores == sum(len(bench.registry.task(s.task).metrics) for s in plan.cells)
    phases = bench.plan(score_snapshots=True, set={"target.snapshots": True}).phases
    assert [phase.hyper.snapshots for phase in phases] == [True, False, True]
    with raises_code("no-snapshots"):
        bench.plan(score_snapshots=True, set={"snapshots": False})


def test_the_steps_of_a_run_are_those_of_its_evaluations(bench: Bench) -> None:
    """Whatever is scored on it: no phase is another one for that."""
    asked = {"set": {"intermediate.steps": 2, "target.steps": 2}, "score_snapshots": True}
    outcome = bench.run(**asked)
    settings = settings_of_run(outcome.directory, bench.registry, {"target": ("tatoeba",)})
    models = models_of_run(outcome.directory, bench.runs, bench.registry)
    plan = plan_evaluation(settings, bench.registry, bench.runs, models=models, metrics=None, train=False).plan
    assert {cell.at.get("step") for cell in plan.cells if cell.arm.label == "qqp"} == {None, 1, 2}


def test_steps_that_training_does_not_come_to_are_absent_and_no_failure(bench: Bench) -> None:
    stopping = {"target.steps": 16, "target.eval_every": 1, "target.patience": 1, "target.lr": 1e-12}
    asked = {"intermediate": (), "languages": ("de",), "set": stopping, "score_snapshots": True}
    for _ in range(2):
        notes: list[str] = []
        outcome = bench.session(**asked).execute(note=notes.append)
        assert not outcome.failures
        results = bench.results(outcome)
        assert {(result.get("step"), result["status"]) for result in results} == {
            (None, "ok"),
            (1, "ok"),
            (2, "ok"),
            *((step, "absent") for step in (4, 8, 16)),
        }
        reason = "step 8 was not reached: the target phase on pawsx, seed 1 ended at step 2"
        assert [note for note in notes if "step 8" in note] == [reason]
        assert {result["error"] for result in results if result.get("step") == 8} == {reason}


def test_an_arm_that_a_run_has_not_come_to_is_not_evaluated_on_another_model(bench: Bench) -> None:
    arms = {"wide": {"arm": "none", "set": {"model.hidden_size": 32}}}
    outcome = bench.run(arms=arms, intermediate=())
    settings = settings_of_run(outcome.directory, bench.registry, {"target": ("tatoeba",)})
    models = models_of_run(outcome.directory, bench.runs, bench.registry)
    del models["wide"]
    with raises_code("arm-not-begun", "wide"):
        plan_evaluation(settings, bench.registry, bench.runs, models=models, metrics=None, train=False)


def test_arms_are_found_by_what_their_run_calls_them(bench: Bench) -> None:
    """Runs of earlier versions call an arm by its text, and an evaluation may add values that the run does not vary."""
    arms = {"late": {"arm": "qqp > ccg", "set": {"model.hidden_size": 32}}, "qqp": "qqp"}
    outcome = bench.run(arms=arms, intermediate=(), set={"batch_size": [4, 8]}, languages=("de",), baseline=False)
    models = models_of_run(outcome.directory, bench.runs, bench.registry)
    assert models.keys() == {"late, batch_size=4", "late, batch_size=8", "qqp, batch_size=4", "qqp, batch_size=8"}
    changes = {"target": ("tatoeba",), "set": {"pooling": ["mean", "cls"]}}
    settings = settings_of_run(outcome.directory, bench.registry, changes)
    plan = plan_evaluation(settings, bench.registry, bench.runs, models=models, metrics=None, train=False).plan
    assert len(plan.models) == 8
    assert all(model.shape.hidden_size == (32 if "late" in label else 16) for label, model in plan.models.items())
    settings = bench.settings(arms={"late": "qqp > ccg"}, **NO_SHORTHAND)
    old = {"qqp > ccg": models["qqp, batch_size=4"]}
    plan = plan_evaluation(settings, bench.registry, bench.runs, models=old, metrics=None, train=True).plan
    assert plan.model.digest == models["qqp, batch_size=4"].digest


def test_the_targets_own_task_is_not_in_a_mix_with_two_values(bench: Bench) -> None:
    text = "pawsx{weight=2} + target-english{weight=7} + qqp{weight=1}"
    with raises_code("set-twice", "tasks.pawsx.weight"):
        bench.plan(arms={"a": text}, **NO_SHORTHAND)


def test_settings_of_the_targets_own_task_count_where_they_are_used(bench: Bench) -> None:
    plan = bench.plan(arms={"own": "target-english{steps=5}", "qqp": "qqp"}, **NO_SHORTHAND)
    steps = {chain.arm.label: [phase.hyper.steps for phase in chain.stage.checkpoint.phases] for chain in plan.cells}
    assert steps == {"own": [5, 2], "qqp": [3, 2]}
