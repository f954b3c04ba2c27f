"""Checkpoints in bf16: a stage of their own, which what follows starts from where settings ask for it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.exporting.chosen import choose
from harness.modeling.checkpoints import load_encoder
from harness.modeling.rounding import round_checkpoint
from harness.modeling.shape import weight_files
from harness.modeling.sharing import Pool
from harness.planning.housekeeping import entries, faults_of
from harness.planning.models import given_model
from harness.planning.stages.rounded import Rounded, rounded_digest
from tests.planning.conftest import Bench

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ROUNDED: Mapping[str, Any] = {"keep_precision": "bf16"}
FROZEN: Mapping[str, Any] = {"set": {"freeze_embeddings": True}}


def bytes_of(*directories: Path) -> int:
    return sum(path.stat().st_size for one in directories for path in one.glob("*.safetensors"))


def test_it_has_a_digest_of_its_own(bench: Bench) -> None:
    phase = bench.plan().phases[0]
    stage = Rounded(phase)
    assert stage.digest not in (phase.digest, Rounded(stage).digest)
    assert stage.digest == rounded_digest(phase.digest)
    assert replace(phase, start=stage).digest != replace(phase, start=phase).digest
    assert (stage.phases, stage.origin, stage.shape) == (phase.phases, phase.origin, phase.shape)
    assert stage.head("pawsx", ()) is phase.head("pawsx", ())


def test_weights_are_the_rounded_ones_in_half_the_room(bench: Bench) -> None:
    session = bench.session(**FROZEN)
    session.execute()
    phase = session.plan.phases[-1]
    whole = phase.obtain(session.bench)
    directory = Rounded(phase).obtain(session.bench)
    assert bytes_of(directory) == pytest.approx(bytes_of(whole) / 2, rel=0.05)
    before, after = (load_encoder(path)[0].state_dict() for path in (whole, directory))
    assert before.keys() == after.keys()
    assert all(torch.equal(after[name], before[name].bfloat16().float()) for name in before)
    assert any(not torch.equal(after[name], before[name]) for name in before)
    heads = [load_file(path / "head-pawsx.safetensors") for path in (whole, directory)]
    assert all(torch.equal(heads[1][name], heads[0][name].bfloat16()) for name in heads[0])
    # A model directory like any other, which is listed and verified.
    assert given_model(directory).shape.parameters == given_model(whole).shape.parameters
    (entry,) = (entry for entry in entries(bench.runs) if entry.kind == "rounded")
    assert entry.about == "target phase on pawsx, seed 1, in bf16"
    assert entry.parents == (phase.digest,)
    assert not faults_of(entry)


def test_whole_numbers_stay_as_they_are(tmp_path: Path, bench: Bench) -> None:
    """Positions above 256 have no exact bfloat16."""
    session = bench.session(intermediate=())
    session.execute()
    whole = tmp_path / "whole"
    shutil.copytree(session.plan.phases[-1].obtain(session.bench), whole)
    numbers = {"positions": torch.arange(1000), "mask": torch.tensor([True, False])}
    head = whole / "head-pawsx.safetensors"
    save_file({**load_file(head), **numbers}, head)
    (file,) = weight_files(whole)
    save_file({**load_file(file), **numbers}, file, {"format": "pt"})
    (tmp_path / "rounded").mkdir()
    round_checkpoint(whole, tmp_path / "rounded", Pool(tmp_path / "pool"))
    for name in (head.name, file.name):
        rounded = load_file(tmp_path / "rounded" / name)
        assert {rounded[name].dtype for name in rounded.keys() - numbers.keys()} == {torch.bfloat16}
        for number, values in numbers.items():
            assert rounded[number].dtype == values.dtype
            assert torch.equal(rounded[number], values)


def test_transformers_loads_it(bench: Bench) -> None:
    from transformers import AutoModel

    session = bench.session(**FROZEN)
    session.execute()
    directory = Rounded(session.plan.phases[-1]).obtain(session.bench)
    loaded, info = AutoModel.from_pretrained(directory, add_pooling_layer=False, output_loading_info=True)
    assert not any(info[name] for name in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert {weight.dtype for weight in loaded.state_dict().values()} == {torch.bfloat16}


def test_what_is_shared_stays_shared(bench: Bench) -> None:
    session = bench.session(**FROZEN)
    session.execute()
    directories = [Rounded(phase).obtain(session.bench) for phase in session.plan.phases]
    assert len(directories) == 3
    assert len({weight_files(directory)[0].stat().st_ino for directory in directories}) == 1
    assert len({weight_files(directory)[1].stat().st_ino for directory in directories}) == 3


def test_a_run_that_asks_for_it_starts_and_predicts_from_it(bench: Bench) -> None:
    plain, plan = bench.plan(), bench.plan(**ROUNDED)
    assert len(plan.phases) == len(plain.phases)
    first, *_ = [phase for phase in plan.phases if phase.phase == "intermediate"]
    after = next(phase for phase in plan.phases if phase.start.phases)
    assert first.digest in {phase.digest for phase in plain.phases}
    assert after.start == Rounded(first)
    assert after.digest not in {phase.digest for phase in plain.phases}
    assert all(one.stage.checkpoint == Rounded(one.stage.checkpoint.phases[-1]) for one in plan.cells)
    assert {one.stage.digest for one in plan.cells}.isdisjoint(one.stage.digest for one in plain.cells)

    outcome = bench.run(**ROUNDED)
    assert outcome.failures == []
    states = {(entry.kind, entry.state) for entry in entries(bench.runs) if entry.kind in ("train", "rounded")}
    assert states == {("train", "let go"), ("rounded", "finished")}
    # Records say so, and that beside any other difference of training.
    phases = [phase for model in bench.results(outcome, "model") for phase in model["phases"]]
    assert [phase["hyper"].get("keep_precision") for phase in phases] == ["bf16"] * 3
    again = bench.run(**ROUNDED)
    assert (again.built, bench.results(again)) == (0, bench.results(outcome))


def test_all_of_them_may_be_let_go(bench: Bench) -> None:
    outcome = bench.run(**ROUNDED, keep="none")
    assert outcome.failures == []
    kept = {(entry.kind, entry.state) for entry in entries(bench.runs) if entry.kind in ("train", "rounded")}
    assert kept == {("train", "let go"), ("rounded", "let go")}
    assert bench.run(**ROUNDED, keep="none").built == 0
    assert bench.run(**ROUNDED, keep="again").failures == []
    kept = {(entry.kind, entry.state) for entry in entries(bench.runs) if entry.kind in ("train", "rounded")}
    assert kept == {("train", "let go"), ("rounded", "finished")}


def test_steps_on_the_way_are_scored_rounded_too(bench: Bench) -> None:
    asked = {**ROUNDED, "intermediate": (), "score_snapshots": True}
    plan = bench.plan(**asked)
    assert {one.stage.checkpoint.rounded for one in plan.cells} == {True}
    assert {one.at.get("step") for one in plan.cells} == {None, 1, 2}
    assert bench.run(**asked).failures == []
    found = {(entry.kind, entry.state) for entry in entries(bench.runs) if entry.kind in ("train", "rounded")}
    assert found == {("train", "let go"), ("rounded", "finished")}
    assert bench.run(**asked).built == 0


def test_the_checkpoint_that_was_scored_is_exported(bench: Bench) -> None:
    outcome = bench.run(**ROUNDED, intermediate=())
    chosen = choose(outcome.directory, bench.runs, bench.registry, task=None, arm=None, seed=None)
    stage = bench.plan(**ROUNDED, intermediate=()).cells[0].stage.checkpoint
    assert chosen.checkpoint == bench.store.path("rounded", stage.digest)
