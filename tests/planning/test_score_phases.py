"""Scores after every phase of a chain: by which head, of which rows, once each, and what cannot be meant."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from harness.evaluation.predictions import read
from harness.planning.session import models_of_run, plan_evaluation, plan_training, settings_of_run
from harness.planning.stages.measuring import Loss
from harness.planning.stages.predicting import Predict
from harness.planning.stages.training import Trained
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.planning.plan import Cell, Plan
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench
    from tests.planning.conftest import Bench

CHAIN: dict[str, Any] = {
    "intermediate": ("qqp", "ccg"),
    "mode": "sequential",
    "target": ("pawsx", "tatoeba"),
    "languages": ("de",),
    "score_phases": True,
}
SEQUENTIAL = "qqp > ccg"


def after_phases(plan: Plan, label: str) -> list[Cell]:
    return [cell for cell in plan.cells if cell.arm.label == label and "phase" in cell.further]


def table(cells: Sequence[Cell]) -> set[tuple[Any, ...]]:
    """Phases done, task, language, and the phase whose head is used where it is an earlier one."""
    return {
        (cell.at["phase"], cell.task, cell.language, len(cell.stage.head_of.phases) if cell.stage.head_of else 0)
        for cell in cells
    }


def test_each_phase_is_followed_by_scores_of_what_was_trained_and_of_targets_without_training(bench: Bench) -> None:
    plan = bench.plan(**CHAIN)
    cells = after_phases(plan, SEQUENTIAL)
    assert table(cells) == {
        *((phase, "tatoeba", "de", 0) for phase in range(4)),
        *((phase, "qqp", "en", head) for phase, head in ((1, 0), (2, 1), (3, 1))),
        *((phase, "ccg", "en", head) for phase, head in ((2, 0), (3, 2))),
        (3, "pawsx", "de", 0),
    }
    assert all(len(cell.stage.checkpoint.phases) == cell.at["phase"] for cell in cells)
    assert {cell.at.get("target") for cell in cells if cell.at["phase"] == 3} == {"pawsx"}
    assert {cell.at.get("target") for cell in cells if cell.at["phase"] != 3} == {None}
    assert table(after_phases(plan, "none")) == {
        (0, "tatoeba", "de", 0),
        (1, "tatoeba", "de", 0),
        (1, "pawsx", "de", 0),
    }
    assert plan.unscored == ()
    coordinates = [tuple(sorted(cell.at.items())) for cell in plan.cells]
    assert len(set(coordinates)) == len(coordinates)


def test_nothing_else_of_the_plan_moves_and_what_both_have_is_predicted_once(bench: Bench) -> None:
    plan, usual = bench.plan(**CHAIN), bench.plan(**CHAIN | {"score_phases": False})
    kept = [cell for cell in plan.cells if "phase" not in cell.further]
    assert [cell.stage.digest for cell in kept] == [cell.stage.digest for cell in usual.cells]
    assert {phase.digest for phase in plan.phases} == {phase.digest for phase in usual.phases}
    assert [phase.digest for phase in plan.unshared] == [phase.digest for phase in usual.unshared]
    of_chain = {(cell.task, cell.at["phase"]): cell.stage.digest for cell in after_phases(plan, SEQUENTIAL)}
    digests = {cell.task: cell.stage.digest for cell in usual.cells if cell.arm.label == SEQUENTIAL}
    assert (of_chain["pawsx", 3], of_chain["tatoeba", 2]) == (digests["pawsx"], digests["tatoeba"])
    assert not any(
        name in stage.inputs or name in stage.parents()
        for cell in usual.cells
        for stage in [cell.stage]
        for name in ("head_of", "head")
    )


def test_several_targets_share_what_comes_before_them(bench: Bench) -> None:
    plan = bench.plan(**CHAIN | {"target": ("pawsx", "tatoeba", "squad"), "languages": (), "baseline": False})
    found = Counter((cell.at["phase"], cell.at.get("target")) for cell in after_phases(plan, SEQUENTIAL))
    assert found == {(0, None): 2, (1, None): 3, (2, None): 4, (3, "pawsx"): 7, (3, "squad"): 5}


def test_a_targets_own_task_is_scored_from_where_it_is_trained(bench: Bench) -> None:
    asked = {"arms": {"a": "qqp > target-english"}, "intermediate": (), "baseline": False}
    cells = after_phases(bench.plan(**CHAIN | asked | {"target": ("pawsx", "tatoeba", "ccg"), "languages": ()}), "a")
    assert {(cell.at["phase"], cell.at.get("target"), cell.task, cell.language) for cell in cells} == {
        *((phase, None, "tatoeba", code) for phase in (0, 1) for code in ("de", "sw")),
        (1, None, "qqp", "en"),
        *(
            (phase, target, task, code)
            for phase in (2, 3)
            for target in ("pawsx", "ccg")
            for task, code in (
                ("tatoeba", "de"),
                ("tatoeba", "sw"),
                ("qqp", "en"),
                *([("ccg", "en")] if target == "ccg" else [("pawsx", code) for code in ("en", "de", "fr")]),
            )
        ),
    }
    own = {cell.at["phase"]: cell.stage for cell in cells if cell.task == "ccg"}
    assert own[2].head_of is own[3].head_of is None


def test_the_last_phase_that_has_trained_a_task_has_its_head(bench: Bench) -> None:
    """Of mixed tasks each, of one that is trained again the later one, and of one that is replayed, too."""
    arms = {"twice": "qqp > ccg > qqp", "mixed": "qqp + ccg > squad", "replayed": "qqp > ccg{replay=0.5} > squad"}
    more = {"arms": arms, "intermediate": (), "baseline": False, "target": ("tatoeba",)}
    plan = bench.plan(**CHAIN | more)
    heads = {label: {(cell[0], cell[1]): cell[3] for cell in table(after_phases(plan, label))} for label in arms}
    tasks = {label: {key: head for key, head in own.items() if key[1] != "tatoeba"} for label, own in heads.items()}
    assert tasks == {
        "twice": {(1, "qqp"): 0, (2, "qqp"): 1, (3, "qqp"): 0, (2, "ccg"): 0, (3, "ccg"): 2},
        "mixed": {(1, "qqp"): 0, (1, "ccg"): 0, (2, "qqp"): 1, (2, "ccg"): 1, (2, "squad"): 0},
        "replayed": {
            **dict.fromkeys([(1, "qqp"), (2, "qqp"), (2, "ccg"), (3, "squad")], 0),
            **dict.fromkeys([(3, "qqp"), (3, "ccg")], 2),
        },
    }


def test_perturbed_rows_are_scored_after_each_phase_by_the_same_heads(bench: Bench) -> None:
    settings = bench.settings(**CHAIN)
    plan = plan_training(settings, bench.registry, bench.runs, perturb=["typo:2"]).plan
    cells = after_phases(plan, SEQUENTIAL)
    clean, perturbed = ([cell for cell in cells if bool(cell.condition) is is_changed] for is_changed in (False, True))
    assert table(perturbed) == table(clean) == table(after_phases(bench.plan(**CHAIN), SEQUENTIAL))
    assert len({tuple(sorted(cell.at.items())) for cell in plan.cells}) == len(plan.cells)


def test_tasks_without_rows_to_score_are_left_out_and_named(bench: Bench) -> None:
    plan = bench.plan(**CHAIN | {"intermediate": ("mnli", "qqp")})
    assert plan.unscored == ("mnli",)
    assert {cell.task for cell in plan.cells} == {"qqp", "pawsx", "tatoeba"}


@pytest.mark.parametrize(
    ("changes", "phases"),
    [
        ({"intermediate": (), "target": ("pawsx",)}, {1}),
        ({"baseline": False, "target": ("tatoeba",)}, {0, 1, 2}),
        ({"intermediate": (), "target": ("tatoeba",)}, None),
    ],
)
def test_without_any_phase_there_is_nothing_to_score_after(
    bench: Bench, changes: dict[str, Any], phases: set[int] | None
) -> None:
    if phases is None:
        with raises_code("no-phases"):
            bench.plan(**CHAIN | changes)
    else:
        cells = [cell for cell in bench.plan(**CHAIN | changes).cells if "phase" in cell.further]
        assert {cell.at["phase"] for cell in cells} == phases


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"keep": "none"},
        {"keep": "none", "keep_precision": "bf16"},
        {"trim_vocab": "pawsx"},
        {"set": {"snapshots": True, "target.steps": 2}, "score_snapshots": True, "keep": "none"},
    ],
)
def test_a_chain_is_scored_whatever_is_kept_of_it(
    bench: Bench, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, trained = Trained.build, list[str]()

    def build(self: Trained, bench: Workbench, out: Building) -> None:
        trained.append(self.digest)
        real(self, bench, out)

    monkeypatch.setattr(Trained, "build", build)
    outcome = bench.run(**CHAIN | changes)
    assert not outcome.failures
    results = [one for one in bench.results(outcome) if one["arm"] == SEQUENTIAL and "phase" in one]
    assert {one["status"] for one in results} == {"ok"}
    main = {(one["phase"], one["task"]): one for one in results if one["main"]}
    assert sorted(main) == sorted(
        {(phase, task) for phase, task, *_ in table(after_phases(bench.plan(**CHAIN), SEQUENTIAL))}
    )
    assert {key: (one["head_phase"], one["role"]) for key, one in main.items() if key[1] != "tatoeba"} == {
        (1, "qqp"): (0, "intermediate"),
        (2, "qqp"): (1, "intermediate"),
        (3, "qqp"): (1, "intermediate"),
        (2, "ccg"): (0, "intermediate"),
        (3, "ccg"): (2, "intermediate"),
        (3, "pawsx"): (0, "target"),
    }
    # Each once: nothing is let go that predictions still take a head from.
    assert len(trained) == len(set(trained)) == 4
    again = bench.session(**CHAIN | changes).execute()
    assert (again.built, again.failures, len(trained)) == (0, [], 4)


def test_a_checkpoint_stays_as_long_as_its_head_is_needed_though_its_encoder_is_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its own predictions are made first.
    asked = CHAIN | {"baseline": False, "target": ("tatoeba", "pawsx")}
    # What is there without a run that keeps it.
    shutil.rmtree(bench.run(**asked | {"score_phases": False}).directory)
    monkeypatch.setattr(Trained, "build", lambda *_: pytest.fail("what is there is trained again"))
    outcome = bench.run(**asked, keep="none")
    assert not outcome.failures
    assert not any(bench.session(**asked).bench.has(phase) for phase in bench.plan(**asked).phases)


def test_an_old_head_on_its_own_encoder_is_the_checkpoint(bench: Bench) -> None:
    """Predictions by a head that is named are those by the same head unnamed, and of an encoder gone on are not."""
    session = bench.session(**CHAIN)
    session.execute()
    stages = {(cell.task, cell.at.get("phase")): cell.stage for cell in after_phases(session.plan, SEQUENTIAL)}
    own, later = stages["qqp", 1], stages["qqp", 3]
    named = Predict(checkpoint=own.checkpoint, rows=own.rows, precision="fp32", head_of=own.checkpoint)
    assert named.digest != own.digest
    first, second, third = (read(stage.obtain(session.bench)) for stage in (own, named, later))
    assert first == second != third


def test_a_head_of_another_model_is_refused(bench: Bench) -> None:
    plan = bench.plan(**CHAIN | {"arms": {"wide": {"arm": "qqp", "set": {"model.hidden_size": 32}}}})
    one, other = (after_phases(plan, label)[-1].stage for label in (SEQUENTIAL, "wide"))
    for make in (
        lambda: Predict(checkpoint=one.checkpoint, rows=one.rows, precision="fp32", head_of=other.checkpoint),
        lambda: Loss(one.checkpoint, one.rows, head_of=other.checkpoint),
    ):
        with raises_code("head-of-other-model"):
            make()


def test_measures_are_of_every_phase_by_the_heads_that_scores_are_by(bench: Bench) -> None:
    settings = bench.settings(**CHAIN | {"baseline": False, "keep": "none"})
    session = plan_training(settings, bench.registry, bench.runs, measures=["anisotropy", "loss"])
    outcome = session.execute()
    assert not outcome.failures
    found = {(one["measure"], one["task"], one.get("phase")): one["value"] for one in bench.results(outcome, "measure")}
    assert {phase for name, task, phase in found if (name, task) == ("anisotropy", "tatoeba")} == {None, 0, 1, 2, 3}
    losses = [found["loss", "qqp", phase] for phase in (1, 2, 3)]
    assert len(set(losses)) == 3
    (own,) = [
        one
        for one in session.plan.measurings
        if one.measure.name == "loss" and (one.at["task"], one.at.get("phase")) == ("qqp", 1)
    ]
    loss = dict(own.stage.of)["loss"]
    assert isinstance(loss, Loss)
    assert loss.head_of is None


def test_an_evaluation_scores_the_tasks_that_it_names_after_each_phase(bench: Bench) -> None:
    outcome = bench.run(**CHAIN | {"baseline": False, "languages": ()})
    models = models_of_run(outcome.directory, bench.runs, bench.registry)

    def evaluated(*targets: str) -> set[tuple[Any, ...]]:
        settings = settings_of_run(outcome.directory, bench.registry, {"target": targets})
        plan = plan_evaluation(settings, bench.registry, bench.runs, models=models, metrics=None, train=False).plan
        return {(cell.task, cell.at.get("phase"), cell.stage.digest) for cell in plan.cells}

    planned = {
        (cell.task, cell.at.get("phase"), cell.stage.digest)
        for cell in bench.plan(**CHAIN | {"baseline": False, "languages": ()}).cells
    }
    assert {one for one in evaluated("tatoeba") if one[1] != 3} == {
        one for one in planned if one[0] == "tatoeba" and one[1] != 3
    }
    found = evaluated("ccg")
    assert {(task, phase) for task, phase, _ in found} == {("ccg", None), ("ccg", 2)}
    assert {digest for _, _, digest in found} == {
        digest for task, phase, digest in planned if (task, phase) == ("ccg", 2)
    }
