"""The store listed, verified and pruned: nothing that a run or another process needs goes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.integrity import MANIFEST, SEAL
from harness.planning.housekeeping import (
    FINISHED,
    HALF_DONE,
    LEFTOVER,
    Entry,
    Faults,
    Pruned,
    entries,
    faults_of,
    prune,
    references,
)
from harness.planning.store import Store, lock_of
from harness.results.records import FILE
from harness.results.runs import STORE
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.planning.execute import Outcome
    from tests.planning.conftest import Bench

DIGEST = "0123456789abcdef"


@pytest.fixture
def runs(finished: tuple[Bench, Outcome], tmp_path: Path) -> Path:
    """A copy of the runs of a bench: one run after qqp and ccg, with a baseline."""
    return Path(shutil.copytree(finished[0].runs.with_name("alone"), tmp_path / "copy"))


def run_of(runs: Path) -> Path:
    (records,) = runs.glob(f"*/{FILE}")
    return records.parent


def put(runs: Path, name: str, *files: str) -> Path:
    """Something in the store's directory of phases."""
    directory = runs / STORE / "train" / name
    directory.mkdir(parents=True)
    for file in files:
        (directory / file).write_text("half")
    return directory


def kinds(found: list[Entry]) -> Counter[str]:
    return Counter(entry.kind for entry in found)


def remaining(runs: Path) -> Counter[str]:
    return kinds(entries(runs))


def rewrite(run: Path, change: Callable[[dict[str, Any]], bool]) -> None:
    """Write those records anew that a function, which may change them, wants to keep."""
    lines = (run / FILE).read_text(encoding="utf-8").splitlines()
    kept = [record for record in map(json.loads, lines) if change(record)]
    (run / FILE).write_text("".join(f"{json.dumps(record)}\n" for record in kept))


# What there is


def test_each_stage_is_described(runs: Path) -> None:
    found = entries(runs)
    assert {entry.about for entry in found} == {
        "scratch, built from texts of ccg, pawsx, qqp",
        *("rows of pawsx train in en", "rows of pawsx validation in en", "rows of qqp train in en"),
        *("rows of ccg train in en", *(f"rows of pawsx test in {language}" for language in ("en", "de", "fr"))),
        *(f"rows of tatoeba test in {language}" for language in ("de", "sw")),
        *("intermediate phase on qqp, ccg, seed 1", "target phase on pawsx, seed 1"),
        *(f"pawsx test, {language}" for language in ("en", "de", "fr")),
        *(f"tatoeba test, {language}" for language in ("de", "sw")),
    }
    store = Store(runs / STORE)
    for entry in found:
        manifest = store.manifest(entry.kind, entry.digest)
        assert entry.state == FINISHED
        assert entry.size == sum(path.stat().st_size for path in entry.path.rglob("*") if path.is_file())
        assert (entry.made.timestamp(), entry.seconds) == pytest.approx((manifest["started"], manifest["seconds"]))
    assert kinds(found) == {"model": 1, "features": 9, "train": 3, "predict": 10}


@pytest.mark.parametrize(
    ("name", "files", "state"),
    [
        (f"{DIGEST}.work", ["state.json"], HALF_DONE),
        (f"{DIGEST}.work", [], LEFTOVER),
        (f"{DIGEST}.new", ["weights"], LEFTOVER),
        (DIGEST, ["weights"], LEFTOVER),
        (DIGEST, [MANIFEST], FINISHED),
        ("my-copy", [MANIFEST], None),
        (f"{DIGEST}.old", ["weights"], None),
    ],
)
def test_what_is_not_finished_is_shown_as_such(tmp_path: Path, name: str, files: list[str], state: str | None) -> None:
    path = put(tmp_path, name, *files)
    found = [(entry.path, entry.digest, entry.state, entry.about, entry.seconds) for entry in entries(tmp_path)]
    assert found == ([(path, DIGEST, state, "", None)] if state else [])


def test_work_beside_a_finished_stage_is_left_over(runs: Path) -> None:
    done = next(entry for entry in entries(runs) if entry.kind == "train")
    put(runs, f"{done.digest}.work", "state.json")
    assert Counter(entry.state for entry in entries(runs) if entry.digest == done.digest) == {FINISHED: 1, LEFTOVER: 1}


def test_there_may_be_no_store(tmp_path: Path) -> None:
    with raises_code("no-store-yet"):
        entries(tmp_path)
    assert list(tmp_path.iterdir()) == []


# Who refers to it


def test_all_that_a_run_is_made_from_is_referred_to(runs: Path) -> None:
    found = entries(runs)
    shutil.copytree(run_of(runs), runs / "again")
    counts = references(runs, found)
    assert {entry.kind: counts[entry.digest] for entry in found} == {
        "model": 2,
        "features": 2,
        "train": 2,
        "predict": 2,
    }


@pytest.mark.parametrize("kept", ["model", "score"])
def test_what_something_was_made_from_is_referred_to(runs: Path, kept: str) -> None:
    def change(record: dict[str, Any]) -> bool:
        if record["record"] == "model":
            # As in a run that began with a checkpoint of the store.
            phases = record["result"]["phases"]
            record["result"] |= {"phases": [], "start": phases[-1]["digest"] if phases else record["result"]["start"]}
        return record["record"] in ("run", "model", kept)

    rewrite(run_of(runs), change)
    found = entries(runs)
    counts = references(runs, found)
    assert {entry.kind for entry in found if counts[entry.digest]} == {"model", "features", "train", "predict"} - (
        {"predict"} if kept == "model" else set()
    )
    assert all(counts[entry.digest] for entry in found if entry.kind in ("model", "train"))


# Whether it is as it was made


def test_faults_are_named(runs: Path) -> None:
    entry = next(entry for entry in entries(runs) if entry.kind == "model")
    assert faults_of(entry) == Faults()
    assert not faults_of(entry)
    (entry.path / "tokenizer.json").unlink()
    (entry.path / "config.json").write_text("{}")
    (entry.path / "sub").mkdir()
    (entry.path / "sub" / "notes.txt").touch()
    assert faults_of(entry) == Faults(("tokenizer.json",), ("config.json",), ("sub/notes.txt",))
    assert faults_of(entry)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 1}', "\udcff"])
def test_a_manifest_without_sense_is_a_fault(runs: Path, text: str) -> None:
    path = next(entry.path for entry in entries(runs) if entry.kind == "train")
    (path / MANIFEST).write_text(text, errors="surrogateescape")
    entry = next(entry for entry in entries(runs) if entry.path == path)
    assert (entry.state, entry.about, entry.seconds) == (FINISHED, "", None)
    assert faults_of(entry) == Faults(changed=(MANIFEST,))


def test_a_stage_under_another_name_is_a_fault(runs: Path) -> None:
    path = next(entry.path for entry in entries(runs) if entry.kind == "train")
    path.rename(path.with_name(DIGEST))
    (entry,) = (entry for entry in entries(runs) if entry.digest == DIGEST)
    assert faults_of(entry) == Faults(changed=(MANIFEST,))


# What can go


def test_pruning_changes_no_result_of_a_run_that_is_kept(finished: tuple[Bench, Outcome], runs: Path) -> None:
    before = remaining(runs)
    everything = {"unused": True, "encoded": True, "broken": True, "work": True}
    listed = prune(runs, **everything, delete=False)
    assert remaining(runs) == before
    done = prune(runs, **everything, delete=True)
    assert done.gone == listed.gone
    assert kinds(done.gone) == {"features": 9}
    assert remaining(runs) == before - Counter(features=9)
    again = type(finished[0])(finished[0].registry, finished[0].map, runs).run(
        intermediate=("qqp", "ccg"), target=("pawsx", "tatoeba")
    )
    assert again.built == 0
    assert finished[0].results(again) == finished[0].results(finished[1])


def test_the_model_that_a_trimmed_one_was_cut_from_is_referred_to(bench: Bench) -> None:
    outcome = bench.run(baseline=False, intermediate=(), trim_vocab="pawsx")
    assert outcome.failures == []
    models = {entry.about: entry.path for entry in entries(bench.runs) if entry.kind == "model"}
    assert len(models) == 2
    assert any("with the tokens of" in about for about in models)
    prune(bench.runs, unused=True, broken=False, work=False, delete=True)
    assert all(path.is_dir() for path in models.values())
    # The manifests of older stores name no parents.
    for entry in entries(bench.runs):
        manifest = json.loads((entry.path / MANIFEST).read_text())
        del manifest["parents"], manifest["about"], manifest[SEAL]
        (entry.path / MANIFEST).write_text(json.dumps(manifest))
    old = {entry.path: entry.about for entry in entries(bench.runs) if entry.kind == "model"}
    assert sorted(old) == sorted(models.values())
    assert all(old.values())
    prune(bench.runs, unused=True, broken=False, work=False, delete=True)
    assert all(path.is_dir() for path in models.values())


def test_encoded_rows_go_where_asked_for(runs: Path) -> None:
    (broken, *_) = (entry for entry in entries(runs) if entry.kind == "features")
    (broken.path / "ids.npy").write_bytes(b"")
    done = prune(runs, unused=True, broken=True, work=False, encoded=True, delete=True)
    assert (kinds(done.gone), done.busy) == ({"features": 9}, [])
    assert remaining(runs) == {"model": 1, "train": 3, "predict": 10}


def test_all_of_a_deleted_run_is_unused(runs: Path) -> None:
    shutil.rmtree(run_of(runs))
    prune(runs, unused=True, broken=False, work=False, delete=True)
    assert remaining(runs) == {}


@pytest.mark.parametrize("text", ["", "nonsense\n{}\n", '{"schema": 1}\n', '{"schema": 1', "\udcff\n\n"])
@pytest.mark.parametrize("delete", [True, False])
def test_unreadable_records_stop_it(runs: Path, text: str, delete: bool) -> None:
    before = remaining(runs)
    shutil.copytree(run_of(runs), runs / "crooked")
    (runs / "crooked" / FILE).write_text(text, errors="surrogateescape")
    put(runs, f"{DIGEST}.new")
    with raises_code("unreadable-records") as caught:
        prune(runs, unused=True, broken=True, work=True, delete=delete)
    assert caught.value.where == str(runs / "crooked")
    assert caught.value.fix
    assert remaining(runs) == before + Counter(train=1)


def test_half_done_work_keeps_what_it_may_need(runs: Path) -> None:
    shutil.rmtree(run_of(runs))
    put(runs, f"{DIGEST}.work", "state.json")
    done = prune(runs, unused=True, broken=False, work=False, delete=True)
    assert kinds(done.gone) == {"predict": 10}
    assert kinds(done.kept) == {"model": 1, "features": 9, "train": 3}
    assert remaining(runs) == kinds(done.kept) + Counter(train=1)
    assert prune(runs, unused=True, broken=False, work=True, delete=True).kept == []
    assert remaining(runs) == {}


def test_what_is_left_of_work_on_a_finished_stage_keeps_nothing(runs: Path) -> None:
    shutil.rmtree(run_of(runs))
    finished = next((runs / "store" / "train").glob("*/manifest.json")).parent
    put(runs, f"{finished.name}.work", "state.json")
    assert prune(runs, unused=True, broken=False, work=False, delete=True).kept == []
    assert remaining(runs) == {"train": 1}


def test_work_goes_alone(runs: Path) -> None:
    before = remaining(runs)
    paths = [put(runs, f"{DIGEST}.work", "state"), put(runs, f"{DIGEST}.new", "weights"), put(runs, DIGEST, "weights")]
    foreign = put(runs, "my-copy", MANIFEST)
    done = prune(runs, unused=False, broken=False, work=True, delete=True)
    assert {entry.path for entry in done.gone} == set(paths)
    assert remaining(runs) == before
    assert foreign.is_dir()


def test_broken_stages_go_though_runs_refer_to_them(runs: Path) -> None:
    broken = next(entry for entry in entries(runs) if entry.kind == "predict")
    (broken.path / "predictions.parquet").write_bytes(b"")
    done = prune(runs, unused=True, broken=True, work=False, delete=True)
    assert kinds(done.gone) == {"predict": 1}
    assert not broken.path.exists()


HOLDER = """
import sys
from pathlib import Path
from harness.planning.store import lock_of

with lock_of(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_what_another_process_builds_is_left_alone(runs: Path) -> None:
    shutil.rmtree(run_of(runs))
    work = put(runs, f"{DIGEST}.work", "state.json")
    command = [sys.executable, "-c", HOLDER, str(work.with_name(DIGEST))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        done = prune(runs, unused=True, broken=False, work=True, delete=True)
        holder.communicate()
    assert [entry.path for entry in done.busy] == [work]
    assert kinds(done.kept) == {"model": 1, "features": 9, "train": 3}
    assert (work / "state.json").is_file()


def test_what_was_finished_since_it_was_listed_stays(tmp_path: Path) -> None:
    path = put(tmp_path, DIGEST, "weights")
    found = entries(tmp_path)
    (path / MANIFEST).write_text("{}")
    pruned = Pruned()
    pruned.take(found, delete=True)
    assert (pruned.gone, pruned.busy) == ([], found)
    assert path.is_dir()


def test_a_stage_that_is_half_deleted_is_not_taken_for_finished(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(run_of(runs))

    def crash(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", crash)
    with pytest.raises(KeyboardInterrupt):
        prune(runs, unused=True, broken=False, work=False, delete=True)
    states = Counter(entry.state for entry in entries(runs))
    assert states == {FINISHED: 22, LEFTOVER: 1}
    for entry in entries(runs):
        # The lock is free again.
        with lock_of(entry.path).acquire(timeout=0):
            pass
