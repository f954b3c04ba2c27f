"""Finished stages are compared with their manifests: whichever byte has changed, it is found, and each is read once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import integrity
from harness.integrity import CHECKSUMS, MANIFEST, SEAL, checked, read_manifest, sealed
from harness.outside import Unreadable
from harness.planning.store import Building, Store
from tests.raising import raises_code

CONTENT = bytes(range(64))


def make(root: Path, digest: str = "d1", then: Callable[[Path], None] = lambda _: None) -> Path:
    """A stage with two files, one in a folder and one that is empty."""

    def build(building: Building) -> None:
        (building.directory / "steps").mkdir()
        (building.directory / "steps" / "weights").write_bytes(CONTENT)
        (building.directory / "empty").touch()
        then(building.directory)

    return Store(root).build("train", digest, build, inputs={})


def forget_checksums(directory: Path) -> None:
    """Give a stage the manifest of an older store."""
    manifest = json.loads((directory / MANIFEST).read_text())
    del manifest[CHECKSUMS], manifest[SEAL]
    (directory / MANIFEST).write_text(json.dumps(manifest))


@pytest.fixture(params=[False, True], ids=["", "older store"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    directory = make(tmp_path)
    if request.param:
        forget_checksums(directory)
    return directory


def test_any_changed_byte_is_found(stage: Path) -> None:
    for at in range(len(CONTENT)):
        changed = bytearray(CONTENT)
        changed[at] ^= 1 << at % 8
        (stage / "steps" / "weights").write_bytes(changed)
        with raises_code("damaged-stage", "steps/weights", stage, "xharness store prune --broken --yes"):
            checked(stage)
    (stage / "steps" / "weights").write_bytes(CONTENT)
    assert checked(stage) == stage


@pytest.mark.parametrize("size", [0, 63, 65])
def test_another_size_is_found(stage: Path, size: int) -> None:
    (stage / "steps" / "weights").write_bytes((CONTENT + b"\0")[:size])
    with raises_code("damaged-stage", "steps/weights"):
        checked(stage)


def test_missing_files_and_folders_in_their_place_are_found(stage: Path) -> None:
    (stage / "empty").unlink()
    with raises_code("damaged-stage", "empty"):
        checked(stage)
    (stage / "empty").mkdir()
    with raises_code("damaged-stage", "empty"):
        checked(stage)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"files": 3}', '{"checksums": {"empty": {}}, "files": {}}'])
def test_a_manifest_without_sense_is_damage(stage: Path, text: str) -> None:
    (stage / MANIFEST).write_text(text)
    with raises_code("damaged-stage", MANIFEST):
        checked(stage)


def test_what_has_no_manifest_is_not_compared(stage: Path) -> None:
    (stage / MANIFEST).unlink()
    assert checked(stage) == stage


def test_a_file_is_read_once_under_all_its_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make(tmp_path)
    shared = first / "steps" / "weights"
    second = make(tmp_path, "d2", lambda directory: os.link(shared, directory / "another"))
    read: list[str] = []
    real = integrity._crc32

    def crc32(path: Path) -> str:
        read.append(path.name)
        return real(path)

    monkeypatch.setattr(integrity, "_crc32", crc32)
    for directory in (first, second, first, second):
        checked(directory)
    assert sorted(read) == ["empty", "empty", "weights", "weights"]
    os.utime(shared, ns=(0, 0))
    checked(first)
    assert sorted(read) == ["empty", "empty", "weights", "weights", "weights"]


def test_all_is_on_the_disk_before_the_manifest_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink().relative_to(tmp_path / "train")
        done.append(f"{path} {'finished' if (tmp_path / 'train' / 'd1' / MANIFEST).exists() else ''}".strip())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    make(tmp_path)
    before, after = done[:-3], done[-3:]
    assert sorted(before) == ["d1.new", "d1.new/empty", "d1.new/steps", "d1.new/steps/weights"]
    assert after == [".", f"d1/{MANIFEST}.new", "d1 finished"]


@pytest.mark.parametrize(("number", "said"), [(22, False), (95, False), (5, True)])
def test_a_file_system_that_cannot_sync_folders_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: bool
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    if said:
        with pytest.raises(OSError, match="Input/output"):
            integrity.write_through(tmp_path)
    else:
        integrity.write_through(tmp_path)


def test_any_flipped_bit_of_a_manifest_is_found_or_changes_nothing(tmp_path: Path) -> None:
    path = make(tmp_path) / MANIFEST
    written, content = path.read_bytes(), read_manifest(path)
    unnoticed = []
    for place in range(len(written)):
        for bit in (1, 4, 16):
            path.write_bytes(written[:place] + bytes([written[place] ^ bit]) + written[place + 1 :])
            try:
                found = read_manifest(path)
            except Unreadable:
                continue
            if found != content:
                unnoticed.append(place)
    # Where the name of the seal itself has changed, there is none, as in older stores.
    begin = written.rindex(f'"{SEAL}"'.encode())
    name = range(begin, begin + len(SEAL) + 2)
    assert set(unnoticed) <= set(name)


def test_a_value_of_a_manifest_that_has_changed_is_told_with_its_place_and_what_to_do(tmp_path: Path) -> None:
    directory = make(tmp_path)
    manifest = json.loads((directory / MANIFEST).read_text())
    manifest["facts"]["kept_step"] = 7
    (directory / MANIFEST).write_text(json.dumps(manifest))
    with raises_code("manifest-broken", str(directory / MANIFEST), "changed since it was written", "--broken"):
        Store(tmp_path).manifest("train", "d1")
    with raises_code("damaged-stage", MANIFEST, str(directory), "--broken"):
        checked(directory)


def test_what_json_says_in_another_way_is_the_same_to_a_seal(tmp_path: Path) -> None:
    path = tmp_path / MANIFEST
    path.write_text(json.dumps(sealed({"b": (1, 2), "a": {3: 1e-5, "é": None}}), indent=3))
    assert read_manifest(path)["b"] == [1, 2]
    path.write_text('{"facts": {}}')
    assert read_manifest(path) == {"facts": {}}
