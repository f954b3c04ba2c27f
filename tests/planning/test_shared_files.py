"""Checkpoints in the store share what training left as it was, and each stands alone."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from harness.config import settings_from
from harness.exporting.export import export_model
from harness.modeling.checkpoints import load_encoder
from harness.modeling.shape import weight_files
from harness.planning.housekeeping import entries, faults_of, prune, room
from harness.planning.models import given_model
from harness.planning.session import plan_training
from harness.planning.store import Store
from tests.planning.conftest import SMALL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.planning.conftest import Bench

FROZEN: dict[str, Any] = {"set": {"freeze_embeddings": True, "intermediate.snapshots": True}}


def checkpoints(bench: Bench) -> list[Path]:
    """Directories of all phases and of the steps that were kept beside them."""
    return sorted(path.parent for path in (bench.runs / "store" / "train").rglob("heads.json"))


def encoders(bench: Bench) -> Iterator[dict[str, torch.Tensor]]:
    for directory in checkpoints(bench):
        yield load_encoder(directory)[0].state_dict()


def test_frozen_embeddings_are_in_the_store_once(bench: Bench) -> None:
    assert bench.run(**FROZEN).failures == []
    found = checkpoints(bench)
    # Three phases: qqp with steps 1 and 2, pawsx after it and alone.
    assert len(found) == 5
    assert len({weight_files(directory)[0].stat().st_ino for directory in found}) == 1
    assert len({weight_files(directory)[1].stat().st_ino for directory in found}) == 5
    assert all(not faults_of(entry) for entry in entries(bench.runs))


def test_sharing_changes_no_weight_and_no_score(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = bench.run(**FROZEN)
    other = replace(bench, runs=bench.runs.with_name("whole"))
    monkeypatch.setattr(Store, "pool", None)
    whole = other.run(**FROZEN)
    assert {len(weight_files(directory)) for directory in checkpoints(other)} == {1}
    assert bench.results(shared) == other.results(whole)
    pairs = list(zip(encoders(bench), encoders(other), strict=True))
    assert len(pairs) == 5
    for mine, theirs in pairs:
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(mine[name], theirs[name]) for name in mine)


def test_a_store_without_hard_links_has_whole_checkpoints(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, os.strerror(1))

    shared = bench.run(**FROZEN)
    other = replace(bench, runs=bench.runs.with_name("copied"))
    monkeypatch.setattr(os, "link", refuse)
    copied = other.run(**FROZEN)
    assert bench.results(shared) == other.results(copied)
    assert not any(faults_of(entry) for entry in entries(other.runs))
    assert {path.stat().st_nlink for path in (other.runs / "store").rglob("*") if path.is_file()} == {1}
    assert room(entries(other.runs)) > room(entries(bench.runs))


def test_what_leaves_the_store_is_whole_and_its_own(bench: Bench, tmp_path: Path) -> None:
    outcome = bench.run(**FROZEN)
    inodes = {path.stat().st_ino for path in (bench.runs / "store").rglob("*") if path.is_file()}
    (target,) = [phase for phase in bench.plan(**FROZEN).phases if len(phase.phases) == 2]
    directory = bench.store.path("train", target.digest)
    copy = shutil.copytree(directory, tmp_path / "copy")
    # Known for what it is, wherever it lies.
    assert given_model(copy).digest == target.digest
    exported = tmp_path / "exported"
    export_model(outcome.directory, bench.runs, bench.registry, output=exported, arm="qqp")
    assert inodes.isdisjoint(path.stat().st_ino for path in exported.iterdir())
    before, after = load_encoder(directory)[0].state_dict(), load_encoder(exported)[0].state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_deleting_checkpoints_hurts_no_other(bench: Bench) -> None:
    bench.run(**FROZEN)
    trained = [entry for entry in entries(bench.runs) if entry.kind == "train"]
    last = next(entry for entry in trained if entry.about.startswith("target phase"))
    before = load_encoder(last.path)[0].state_dict()
    for entry in trained:
        if entry != last:
            shutil.rmtree(entry.path)
    shutil.rmtree(bench.store.pool.directory)
    assert not faults_of(last)
    after = load_encoder(last.path)[0].state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    # What is missing is trained again, into the same bits.
    assert bench.run(**FROZEN).failures == []
    assert all(not faults_of(entry) for entry in entries(bench.runs))


def test_pruning_the_last_that_has_a_file_frees_it(bench: Bench) -> None:
    outcome = bench.run(**FROZEN)
    pool = bench.store.pool.directory
    held = {path.name for path in pool.iterdir()}
    assert held
    prune(bench.runs, unused=True, broken=False, work=False, delete=True)
    assert {path.name for path in pool.iterdir()} == held
    shutil.rmtree(outcome.directory)
    prune(bench.runs, unused=True, broken=False, work=False, delete=False)
    assert {path.name for path in pool.iterdir()} == held
    prune(bench.runs, unused=True, broken=False, work=False, delete=True)
    assert list(pool.iterdir()) == []


def test_a_model_that_is_given_is_copied_in_once(bench: Bench, tmp_path: Path) -> None:
    built = replace(bench, runs=tmp_path / "builder")
    built.run(intermediate=(), baseline=True)
    (model,) = (built.runs / "store" / "model").glob("[!.]*")
    given = tmp_path / "given"
    shutil.copytree(model, given, ignore=shutil.ignore_patterns("manifest.json"))
    sizes = {name: value for name, value in SMALL.items() if not name.startswith("model.")}
    asked = {"intermediate": ("qqp",), "target": ("pawsx",), "model": str(given), "data": str(bench.map)}
    settings = settings_from(bench.registry, asked | {"set": {**sizes, **FROZEN["set"]}})
    outcome = plan_training(settings, bench.registry, bench.runs).execute()
    assert outcome.failures == []
    inodes = {path.stat().st_ino for path in given.rglob("*")}
    store = [path for path in bench.runs.rglob("*") if path.is_file()]
    assert inodes.isdisjoint(path.stat().st_ino for path in store)
    assert not any(path.is_symlink() for path in store)
    shutil.rmtree(given)
    assert len([load_encoder(directory) for directory in checkpoints(bench)]) == 5


def test_sizes_count_a_shared_file_once(bench: Bench) -> None:
    bench.run(**FROZEN)
    found = entries(bench.runs)
    store = bench.runs / "store"
    files = {path.stat().st_ino: path.stat().st_size for path in store.rglob("*") if path.is_file()}
    locks = sum(path.stat().st_size for path in store.rglob(".*.lock"))
    assert room(found) == sum(files.values()) - locks
    assert room(found) < sum(entry.size for entry in found)
    train = [entry for entry in found if entry.kind == "train"]
    kept = weight_files(train[0].path)[0].stat()
    assert kept.st_nlink == 6
    others = [entry for entry in found if entry not in train]
    # Deleting all but one of those that have a file leaves it where it is.
    freed = room(found) - room([*others, train[0]])
    assert freed < sum(entry.size for entry in train[1:]) - kept.st_size
    assert os.path.samestat(kept, weight_files(train[-1].path)[0].stat())
