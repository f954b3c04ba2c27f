"""The store: finished or not there, one builder at a time, and errors of the disk that say what to do."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import pytest

from harness.errors import StoreError
from harness.integrity import MANIFEST, finished_digest
from harness.planning import store as store_module
from harness.planning.store import RELEASED, Building, Store, disk_error, translated_errors
from tests.raising import raises_code

SECONDS = 60.0
"""How long a test waits for another process before it fails."""


def get(store: Store, kind: str, digest: str, inputs: Mapping[str, Any], build: Callable[[Building], None]) -> Path:
    """What a stage does to have its result."""
    return store.found(kind, digest) or store.build(kind, digest, build, inputs=inputs)


def build_text(text: str) -> Callable[[Building], None]:
    def build(building: Building) -> None:
        (building.directory / "text.txt").write_text(text)
        building.facts["length"] = len(text)

    return build


def never(building: Building) -> None:
    raise AssertionError("built again")


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if not path.name.endswith(".lock"))


def test_a_stage_is_built_once_and_its_manifest_says_what_it_is(tmp_path: Path) -> None:
    store = Store(tmp_path / "deep" / "store")
    assert not store.has("train", "d1")
    path = get(store, "train", "d1", {"seed": 1}, build_text("hello"))
    assert get(store, "train", "d1", {"seed": 1}, never) == path == store.path("train", "d1")
    assert names(path.parent) == ["d1"]
    assert names(path) == [MANIFEST, "text.txt"]
    manifest = store.manifest("train", "d1")
    assert (manifest["kind"], manifest["digest"], manifest["inputs"]) == ("train", "d1", {"seed": 1})
    assert manifest["facts"] == {"length": 5}
    sha256_of_hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert manifest["files"] == {"text.txt": sha256_of_hello}
    assert set(manifest["libraries"]) == {"torch", "transformers", "deepspeed", "tokenizers", "numpy"}
    assert manifest["seconds"] >= 0


def test_files_in_folders_count_too(tmp_path: Path) -> None:
    def build(building: Building) -> None:
        (building.directory / "1_Pooling").mkdir()
        (building.directory / "1_Pooling" / "config.json").write_text("{}")

    store = Store(tmp_path)
    get(store, "train", "d1", {}, build)
    assert list(store.manifest("train", "d1")["files"]) == ["1_Pooling/config.json"]


def test_kinds_and_digests_are_apart(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = get(store, "train", "d1", {}, build_text("1"))
    assert not store.has("predict", "d1")
    second = get(store, "predict", "d1", {}, build_text("2"))
    assert (first / "text.txt").read_text() == "1"
    assert (second / "text.txt").read_text() == "2"


@pytest.mark.parametrize(
    "leftover",
    [
        "d1.new/text.txt",  # killed while building
        "d1/text.txt",  # killed between the renaming and the manifest
        f"d1/{MANIFEST}.new",  # killed while the manifest was written
        "d1.work/state.json",  # killed in training
    ],
)
def test_half_written_work_is_never_taken_for_finished(tmp_path: Path, leftover: str) -> None:
    store = Store(tmp_path)
    path = tmp_path / "train" / leftover
    path.parent.mkdir(parents=True)
    path.write_text("half")
    assert not store.has("train", "d1")
    assert store.half_done("train", "d1") == (".work" in leftover)
    result = get(store, "train", "d1", {}, build_text("whole"))
    assert names(result) == [MANIFEST, "text.txt"]
    assert (result / "text.txt").read_text() == "whole"
    assert names(tmp_path / "train") == ["d1"]
    assert not store.half_done("train", "d1")


def test_a_failed_attempt_leaves_its_work_for_the_next(tmp_path: Path) -> None:
    seen = []

    def build(building: Building) -> None:
        seen.append(sorted(path.name for path in building.work.iterdir()))
        assert not any(building.directory.iterdir())
        (building.work / f"step-{len(seen)}").touch()
        (building.directory / "half.txt").touch()
        if len(seen) < 3:
            raise RuntimeError("interrupted")

    store = Store(tmp_path)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="interrupted"):
            get(store, "train", "d1", {}, build)
        assert not store.has("train", "d1")
        assert store.half_done("train", "d1")
        assert names(tmp_path / "train") == ["d1.work"]
    get(store, "train", "d1", {}, build)
    assert seen == [[], ["step-1"], ["step-1", "step-2"]]
    assert names(tmp_path / "train") == ["d1"]


@pytest.mark.parametrize("step", ["rename", "fsync"])
def test_a_crash_after_building_leaves_nothing_that_looks_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    store = Store(tmp_path)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path if step == "rename" else os, step, crash)
        with pytest.raises(KeyboardInterrupt):
            get(store, "train", "d1", {}, build_text("first"))
    assert not Store(tmp_path).has("train", "d1")
    assert (get(store, "train", "d1", {}, build_text("second")) / "text.txt").read_text() == "second"


def test_a_result_keeps_its_digest_wherever_it_lies_until_it_is_changed(tmp_path: Path) -> None:
    path = get(Store(tmp_path / "store"), "train", "0123456789abcdef", {}, build_text("weights"))
    copy = tmp_path / "copy"
    shutil.copytree(path, copy)
    assert finished_digest(copy) == "0123456789abcdef"
    (copy / "text.txt").write_text("others")
    assert finished_digest(copy) is None
    (copy / MANIFEST).write_text('{"another": "program\'s"}')
    assert finished_digest(copy) is None
    assert finished_digest(tmp_path) is None


# --- several processes

BUILDER = """
    import sys, time
    from pathlib import Path
    from harness.planning.store import Store

    root, name, waits_for = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

    def build(building):
        print("building", flush=True)
        (building.work / "begun").touch()
        while waits_for and not Path(waits_for).exists():
            time.sleep(0.02)
        (building.directory / "text.txt").write_text(name)

    store = Store(root, lambda text: print("waiting:", text, flush=True))
    print("got", (store.build("train", "d1", build, inputs={}) / "text.txt").read_text(), flush=True)
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a process that asks for the same stage; it finishes building when a file exists."""
    script = tmp_path / "builder.py"
    script.write_text(textwrap.dedent(BUILDER))
    started: list[subprocess.Popen[str]] = []

    def start(name: str, waits_for: Path | None = None) -> subprocess.Popen[str]:
        command = [sys.executable, str(script), str(tmp_path / "store"), name, str(waits_for or "")]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()
        assert each.stdout
        each.stdout.close()


def said(process: subprocess.Popen[str]) -> str:
    stdout: IO[str] | None = process.stdout
    assert stdout is not None
    return stdout.readline().strip()


def test_two_processes_build_a_stage_once_and_the_second_says_that_it_waits(
    tmp_path: Path, process: Callable[..., subprocess.Popen[str]]
) -> None:
    go = tmp_path / "go"
    first = process("first", go)
    assert said(first) == "building"
    second = process("second", go)
    assert said(second) == "waiting: another process builds train d1; waiting for it"
    go.touch()
    assert said(first) == "got first"
    assert said(second) == "got first"
    assert (first.wait(SECONDS), second.wait(SECONDS)) == (0, 0)


def test_a_killed_process_frees_its_stage_and_leaves_its_work(
    tmp_path: Path, process: Callable[..., subprocess.Popen[str]]
) -> None:
    first = process("first", tmp_path / "never")
    assert said(first) == "building"
    second = process("second")
    assert said(second).startswith("waiting:")
    until = time.monotonic() + SECONDS
    while not (tmp_path / "store" / "train" / "d1.work" / "begun").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    assert said(second) == "building"
    assert said(second) == "got second"


# --- errors of the disk


def write_much(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"x" * 4_000_000)


def save_array(path: Path) -> None:
    import numpy as np

    np.save(path, np.zeros(4_000_000, np.int8))


def save_tensors(path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(1_000_000)}, path)


def save_parquet(path: Path) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"x": np.random.default_rng(0).integers(0, 2**62, 500_000)}), path)


@pytest.mark.parametrize("write", [write_much, save_array, save_tensors, save_parquet])
def test_a_full_disk_is_said_whoever_meets_it(small_disk: Path, write: Callable[[Path], None]) -> None:
    store = Store(small_disk)
    kept = get(store, "train", "kept", {}, build_text("finished"))
    with raises_code("disk-full"):
        get(store, "train", "d1", {}, lambda building: write(building.directory / "x.npy"))
    assert finished_digest(kept) == "kept"
    assert names(small_disk / "train") == ["kept"]
    assert get(store, "train", "d1", {}, build_text("small")).is_dir()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_what_the_system_says_of_a_full_disk(tmp_path: Path, number: int) -> None:
    error = disk_error(OSError(number, os.strerror(number)), tmp_path)
    assert error is not None
    assert "no space left" in error.what
    assert "--runs" in (error.fix or "")


def test_a_failure_with_next_to_no_space_left_is_the_disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert disk_error(RuntimeError("unexpected pos"), tmp_path) is None
    monkeypatch.setattr(store_module, "LEAST_FREE", 2**80)
    assert isinstance(disk_error(RuntimeError("unexpected pos"), tmp_path), StoreError)


def test_a_directory_that_is_removed_meanwhile_is_told(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with raises_code("directory-gone", str(tmp_path / "run")), translated_errors(tmp_path / "run"):
        (tmp_path / "run").rmdir()
        (tmp_path / "run" / "records.jsonl").open("a")
    # A file that is not there, in a directory that is, is a defect of ours.
    with pytest.raises(FileNotFoundError), translated_errors(tmp_path):
        (tmp_path / "absent").open()


def test_errors_of_other_files_are_not_the_stores(tmp_path: Path) -> None:
    def reads_elsewhere(building: Building) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "somewhere/else.tsv")

    with pytest.raises(PermissionError, match="somewhere"):
        get(Store(tmp_path / "store"), "train", "d1", {}, reads_elsewhere)
    assert disk_error(ValueError("x"), tmp_path) is None


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A directory that this process can read and not write."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield directory
    os.seteuid(user)
    directory.chmod(0o755)
    shutil.rmtree(directory)


def test_a_directory_that_cannot_be_written_is_said_before_anything_is_done(read_only: Path) -> None:
    for root in (read_only, read_only / "runs" / "store"):
        with raises_code("cannot-write", "Permission denied", "--runs"):
            Store(root).prepare()


def test_what_cannot_be_written_is_said_of_absolute_and_relative_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "runs" / ".one.lock", Path("runs/.one.lock"), tmp_path, tmp_path / "runs"):
        for root in (Path("runs"), tmp_path / "runs"):
            error = disk_error(OSError(errno.EROFS, "Read-only file system", str(path)), root, "--output")
            assert error
            assert (error.code, error.fix) == ("cannot-write", "use another directory with --output")
    assert disk_error(OSError(errno.EROFS, "Read-only file system", "/elsewhere"), Path("runs")) is None


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    for root in (tmp_path / "runs", tmp_path / "runs" / "store"):
        with raises_code("not-a-directory"):
            Store(root).prepare()


def test_a_manifest_is_readable_json(tmp_path: Path) -> None:
    path = get(Store(tmp_path), "train", "d1", {"labels": ["ü"]}, build_text("x"))
    assert json.loads((path / MANIFEST).read_text(encoding="utf-8"))["inputs"] == {"labels": ["ü"]}


BROKEN = ["", "{", "[]", "{}", "null", "[" * 100_000, '{"inputs": 1}', "\udcff", f'{{"facts": {"1" * 5000}}}']


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_manifest_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    store = Store(tmp_path)
    manifest = get(store, "train", "d1", {}, build_text("x")) / MANIFEST
    manifest.write_text(text, errors="surrogateescape")
    with raises_code("manifest-broken", manifest, "store prune --broken"):
        store.found("train", "d1")
    manifest.rename(manifest.with_name(RELEASED))
    with raises_code("manifest-broken", manifest.with_name(RELEASED), "delete its directory"):
        store.manifest("train", "d1")
