"""Checkpoints of steps 1, 2, 4, 8, ... beside the one that a phase keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file

from harness.hookspecs import hookimpl
from harness.planning.housekeeping import entries, faults_of
from harness.planning.models import given_model
from harness.planning.session import plan_evaluation
from harness.planning.stages.snapshots import Snapshot
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.stages.training import Trained
    from tests.planning.conftest import Bench

ASKED: dict[str, Any] = {"baseline": False, "set": {"intermediate.snapshots": True, "intermediate.steps": 9}}


def only(bench: Bench, **changes: Any) -> Trained:
    plan = bench.plan(**{**ASKED, **changes})
    (phase,) = [phase for phase in plan.phases if phase.phase == "intermediate"]
    return phase


def weights(directory: Path) -> dict[str, torch.Tensor]:
    return load_file(directory / "model.safetensors")


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_steps_are_kept_beside_the_checkpoint_and_listed(bench: Bench) -> None:
    outcome = bench.run(**ASKED)
    assert not outcome.failures
    stage = only(bench)
    directory = bench.store.path("train", stage.digest)
    assert sorted(path.name for path in (directory / "steps").iterdir()) == ["1", "2", "4", "8"]
    found = [weights(path) for path in (directory / "steps/1", directory / "steps/8", directory)]
    assert not same(found[0], found[1])
    assert not same(found[1], found[2])
    assert bench.store.manifest("train", stage.digest)["facts"]["snapshots"] == [1, 2, 4, 8]
    (entry,) = [entry for entry in entries(bench.runs) if entry.digest == stage.digest]
    assert entry.about == "intermediate phase on qqp, seed 1; checkpoints in steps/: 1, 2, 4, 8"
    assert not faults_of(entry)
    (directory / "steps/2/model.safetensors").unlink()
    assert faults_of(entry).missing == ("steps/2/model.safetensors",)
    # The target phase keeps its own checkpoint alone.
    (target,) = [phase for phase in bench.plan(**ASKED).phases if phase.phase == "target"]
    assert not (bench.store.path("train", target.digest) / "steps").exists()


def test_they_change_nothing_of_the_training(bench: Bench) -> None:
    bench.run(**ASKED)
    plain = {**ASKED, "set": {"intermediate.steps": 9}}
    bench.run(**plain)
    directories = [bench.store.path("train", only(bench, set=one["set"]).digest) for one in (ASKED, plain)]
    assert directories[0] != directories[1]
    assert same(*map(weights, directories))


def test_one_of_them_is_scored_like_any_checkpoint(bench: Bench) -> None:
    bench.run(**ASKED)
    snapshot = bench.store.path("train", only(bench).digest) / "steps" / "4"
    settings = bench.settings(intermediate=(), target=("qqp",))
    own = {name: value for name, value in settings.set.items() if not name.startswith("model.")}
    settings = replace(settings, model=str(snapshot), set=own)
    session = plan_evaluation(
        settings,
        bench.registry,
        bench.runs,
        models={"": given_model(snapshot)},
        metrics=None,
        train=False,
        use_model_heads=True,
    )
    outcome = session.execute()
    assert (outcome.scores, outcome.failures) == (2, [])


class Stop:
    """Breaks a phase off after a step."""

    def __init__(self, step: int) -> None:
        self._step = step

    @hookimpl
    def step_finished(self, step: dict[str, Any]) -> None:
        if step["step"] == self._step:
            raise KeyboardInterrupt


@pytest.mark.parametrize("stop", [3, 5, 7, 8, 9])
def test_they_survive_an_interruption(bench: Bench, stop: int) -> None:
    """The state is saved at steps 3 and 6; of step 8 a half-written checkpoint is left."""
    changes = {**ASKED, "set": {**ASKED["set"], "checkpoint_every": 3}}
    with pytest.raises(KeyboardInterrupt):
        bench.run(Stop(stop), **changes)
    digest = only(bench).digest
    work = bench.store.path("train", digest).with_suffix(".work")
    (work / "steps/8").mkdir(parents=True, exist_ok=True)
    (work / "steps/8/model.safetensors").write_bytes(b"half")
    outcome = bench.run(**changes)
    assert not outcome.failures
    whole = replace(bench, runs=bench.runs.with_name("whole"))
    whole.run(**ASKED)
    mine, theirs = (one.store.path("train", digest) / "steps" for one in (bench, whole))
    assert sorted(path.name for path in mine.iterdir()) == ["1", "2", "4", "8"]
    assert all(same(weights(mine / step), weights(theirs / step)) for step in ("1", "2", "4", "8"))


def test_a_snapshot_is_scored_and_trained_on_like_any_checkpoint(bench: Bench) -> None:
    session = bench.session(**ASKED)
    stage = only(bench)
    target = next(phase for phase in session.plan.phases if phase.phase == "target")
    scored = session.plan.cells[0].stage
    early = Snapshot(stage, 2)
    after = replace(target, start=early)
    assert len({early.digest, Snapshot(stage, 4).digest, stage.digest}) == 3
    assert after.digest not in (target.digest, replace(target, start=Snapshot(stage, 4)).digest)
    assert [phase.digest for phase in after.phases] == [stage.digest, after.digest]
    replace(scored, checkpoint=after).obtain(session.bench)
    store = session.bench.store
    directory = store.path("train", stage.digest)
    assert early.found(session.bench) == directory / "steps/2"
    first = weights(store.path("train", after.digest))
    expected = replace(target, start=given_model(directory / "steps/2")).obtain(session.bench)
    assert same(first, weights(expected))
    # What was made from a snapshot keeps the phase that it lies in.
    entry = next(entry for entry in entries(bench.runs) if entry.digest == after.digest)
    assert stage.digest in entry.parents


def test_a_step_that_was_not_kept_is_named(bench: Bench) -> None:
    session = bench.session(**ASKED)
    with raises_code("step-not-kept") as caught:
        Snapshot(only(bench), 3).obtain(session.bench)
    assert caught.value.where == "kept: 1, 2, 4, 8"


def test_a_step_that_was_not_kept_fails_what_starts_from_it_alone(bench: Bench) -> None:
    session = bench.session(**ASKED)
    first, *others = session.plan.cells
    missing = replace(first, stage=replace(first.stage, checkpoint=Snapshot(only(bench), 3)))
    outcome = replace(session, plan=replace(session.plan, cells=(missing, *others))).execute()
    assert [result["status"] for result in bench.results(outcome)] == ["failed", *["ok"] * len(others)]
    assert "step-not-kept" in bench.results(outcome)[0]["error"]
