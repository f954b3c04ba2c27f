"""What each phase of a run has of its own: learning rate, length, seed, frozen parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.raising import Refusal, raises_code

if TYPE_CHECKING:
    from harness.planning.plan import Plan
    from tests.planning.conftest import Bench

SEQUENCE: dict[str, Any] = {"intermediate": ("qqp", "ccg"), "mode": "sequential", "baseline": False}


def by_task(plan: Plan) -> dict[str, Any]:
    return {phase.names[0]: phase.hyper for phase in plan.phases}


def test_phases_and_tasks_have_learning_rates_and_lengths_of_their_own(bench: Bench) -> None:
    own = {
        "intermediate.lr": 1e-4,
        "target.lr": 2e-4,
        "tasks.ccg.lr": 3e-4,
        "tasks.ccg.steps": 7,
        "target.steps": 5,
        "kinds.token-classification.batch_size": 6,
    }
    hyper = by_task(bench.plan(**SEQUENCE, set=own))
    assert {task: (one.lr, one.steps, one.batch_size) for task, one in hyper.items()} == {
        "qqp": (1e-4, 3, 4),
        "ccg": (3e-4, 7, 6),
        "pawsx": (2e-4, 5, 4),
    }


def test_a_seed_of_its_own_keeps_the_intermediate_phase_for_all_seeds(bench: Bench) -> None:
    held = bench.plan(seeds=(1, 2, 3), set={"intermediate.seed": 1})
    phases = [(phase.phase, phase.seed, phase.start.digest) for phase in held.phases]
    intermediate = next(phase for phase in held.phases if phase.phase == "intermediate")
    model = held.model.digest
    assert sorted(phases) == sorted(
        [("intermediate", 1, model)]
        + [("target", seed, start) for seed in (1, 2, 3) for start in (model, intermediate.digest)]
    )
    # It is the phase of a run of that seed, which need not be trained again.
    assert intermediate.digest in {phase.digest for phase in bench.plan(seeds=(1,)).phases}
    assert [cell.seed for cell in held.cells if cell.arm.label == "qqp"] == [1] * 3 + [2] * 3 + [3] * 3


def test_a_seed_of_its_own_holds_where_it_is_said_to(bench: Bench) -> None:
    plan = bench.plan(**SEQUENCE, seeds=(5,), set={"tasks.ccg.seed": 9, "target.seed": 8})
    assert [(phase.names, phase.seed) for phase in plan.phases] == [(("qqp",), 5), (("ccg",), 9), (("pawsx",), 8)]


def test_a_run_trains_the_held_phase_once_and_records_both_seeds(bench: Bench) -> None:
    outcome = bench.run(seeds=(1, 2), baseline=False, set={"intermediate.seed": 7})
    # The model, one intermediate phase, a target phase for each seed, predictions in three languages for each.
    assert (outcome.built, outcome.failures) == (1 + 1 + 2 + 6, [])
    models = bench.results(outcome, "model")
    assert [[phase["seed"] for phase in model["phases"]] for model in models] == [[7, 1], [7, 2]]
    seeds = {score["model"]: score["seed"] for score in bench.results(outcome)}
    assert [seeds[model["digest"]] for model in models] == [1, 2]
    assert len({model["phases"][0]["digest"] for model in models}) == 1


@pytest.mark.parametrize(
    ("changes", "settings", "refusal"),
    [
        ({"seeds": (1, 2)}, {"seed": 3}, ("setting-without-effect", "1, 2", "seed")),
        (
            {"seeds": (1, 2), "target": ("tatoeba",)},
            {"intermediate.seed": 3},
            ("setting-without-effect", "1, 2", "intermediate.seed"),
        ),
        (
            {"intermediate": ("qqp", "ccg")},
            {"tasks.qqp.seed": 3},
            ("setting-without-effect", "tasks.qqp.seed", "qqp"),
        ),
        ({"intermediate": ()}, {"intermediate.seed": 3}, ("setting-without-effect", "intermediate.seed")),
        ({"target": ("tatoeba",)}, {"target.freeze_layers": 1}, ("setting-without-effect", "target.freeze_layers")),
        (
            {},
            {"tasks.ccg.gradient_checkpointing": True},
            ("setting-without-effect", "tasks.ccg.gradient_checkpointing"),
        ),
        ({}, {"tasks.ccg.snapshots": True}, ("setting-without-effect", "tasks.ccg.snapshots")),
        ({}, {"freeze_layers": 2}, ("freeze-beyond-model", "2", "1")),
        ({}, {"freeze_layers": 1, "freeze_embeddings": True}, ("encoder-all-frozen",)),
    ],
)
def test_what_would_change_nothing_is_refused(
    bench: Bench, changes: dict[str, Any], settings: dict[str, Any], refusal: Refusal
) -> None:
    with raises_code(*refusal) as caught:
        bench.plan(**changes, set=settings)
    assert caught.value.fix


def test_a_target_phase_may_train_its_head_alone(bench: Bench) -> None:
    plan = bench.plan(set={"target.freeze_layers": 1, "target.freeze_embeddings": True})
    frozen = {(phase.phase, phase.hyper.freeze_layers, phase.hyper.freeze_embeddings) for phase in plan.phases}
    assert frozen == {("intermediate", 0, False), ("target", 1, True)}
