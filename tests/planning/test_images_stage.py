"""Vectors of images: what looks alike, what stands in for images, what is encoded once, and which files are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import harness
from harness.hyper import Hyper
from harness.kinds.features import FeatureBuilder
from harness.kinds.pictured import ImageSettings
from harness.planning.data import Data
from harness.planning.stages.images import EmbedImages, Vectors, alike, with_images
from harness.planning.stages.rows import Rows
from harness.registry import default_registry
from harness.sources.files.source import open_files
from tests.pictures import write_captions, write_image
from tests.raising import raises_code

ASKED = {"max_length": 32, "target.steps": 1, "batch_size": 4}


def same(groups: np.ndarray[tuple[int], np.dtype[np.int32]]) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(groups == group).tolist()) for group in set(groups.tolist())}


def flipped(hashed: int, *bits: int) -> int:
    for bit in bits:
        hashed ^= 1 << bit
    return hashed


def test_images_are_alike_whose_hashes_differ_in_few_bits() -> None:
    first = 0x0123456789ABCDEF
    hashes = [first, flipped(first, *range(0, 40, 8)), flipped(first, *range(1, 43, 7)), ~first & (2**64 - 1), first]
    assert [(first ^ other).bit_count() for other in hashes] == [0, 5, 6, 64, 0]
    # The third differs from the second in more than 5 bits, too.
    assert same(alike(np.asarray(hashes, np.uint64))) == {frozenset({0, 1, 4}), frozenset({2}), frozenset({3})}


def test_images_are_alike_that_a_chain_of_such_connects() -> None:
    steps = [0, 0x1F, 0x3FF, 0x7FFF]
    assert same(alike(np.asarray(steps, np.uint64))) == {frozenset({0, 1, 2, 3})}
    assert same(alike(np.asarray([0, 0x3F, 0xFFC0], np.uint64))) == {
        frozenset({0}),
        frozenset({1}),
        frozenset({2}),
    }


@pytest.mark.parametrize("seed", range(10))
def test_alike_agrees_with_comparing_all_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 2**63, 6)
    hashes = [
        flipped(int(rng.choice(centres)), *rng.choice(64, rng.integers(0, 7), replace=False).tolist())
        for _ in range(60)
    ]
    groups = list(range(60))
    for one in range(60):
        for other in range(one):
            if (hashes[one] ^ hashes[other]).bit_count() <= 5:
                old, new = groups[one], groups[other]
                groups = [new if group == old else group for group in groups]
    assert same(alike(np.asarray(hashes, np.uint64))) == same(np.asarray(groups, np.int32))


def images(count: int) -> Vectors:
    hashes = np.random.default_rng(1).integers(0, 2**63, count).astype(np.uint64)
    vectors = np.arange(3.0 * count, dtype=np.float32).reshape(count, 3)
    return Vectors([f"{n:02x}" for n in range(count)], vectors, hashes, np.arange(count, dtype=np.int32) // 2)


def attached(
    shown: list[str], treatment: str, count: int = 5
) -> tuple[list[int], np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
    builder = FeatureBuilder()
    for row in range(len(shown)):
        builder.sequence([0, 5, 2])
        builder.end_unit(row, image_group=0)
    found = with_images(builder.build(), shown, images(count), treatment)
    assert found.unit_columns["image_group"].tolist() == [unit // 2 for unit in found.unit_columns["image"].tolist()]
    return found.unit_columns["image"].tolist(), found.tables["image"]


SHOWN = ["03", "00", "03", "04", "01", "02"]


def test_real_images_are_those_of_the_rows() -> None:
    units, table = attached(SHOWN, "real")
    assert units == [3, 0, 3, 4, 1, 2]
    assert np.array_equal(table, images(5).vectors)


@pytest.mark.parametrize("count", [2, 3, 5, 17])
def test_shuffled_images_are_others_and_each_stays_one(count: int) -> None:
    shown = [f"{n:02x}" for n in range(count)] * 2
    units, table = attached(shown, "shuffled", count)
    assert sorted(units[:count]) == list(range(count))
    assert all(unit != own for own, unit in enumerate(units[:count]))
    assert units[:count] == units[count:]
    assert units == attached(shown, "shuffled", count)[0]
    assert np.array_equal(table, images(count).vectors)


def test_one_image_cannot_be_shuffled() -> None:
    with raises_code("too-few-images"):
        attached(["00"], "shuffled", 1)


def test_random_vectors_depend_on_the_image_alone() -> None:
    units, table = attached(SHOWN, "random")
    assert units == [3, 0, 3, 4, 1, 2]
    _, more = attached(SHOWN, "random", 9)
    assert np.array_equal(table, more[:5])
    assert len(np.unique(table.round(6), axis=0)) == 5
    assert abs(float(table.mean())) < 0.8


def train(directory: Path, runs: Path, **more: object) -> harness.api.Done:  # type: ignore[name-defined]
    return harness.train(
        target="flickr8k",
        data=str(directory / "map.toml"),
        model="mini",
        preset="mini",
        set={**ASKED, **more},
        runs=runs,
        progress=False,
    )


def stages(runs: Path) -> dict[str, dict[str, int]]:
    """Facts of the stages of images in the store, by digest."""
    import json

    found = (runs / "store" / "images").glob("*/manifest.json")
    return {path.parent.name: json.loads(path.read_text())["facts"] for path in found}


def test_an_image_is_encoded_once_whatever_set_it_is_in(tmp_path: Path) -> None:
    write_captions(tmp_path / "d")
    assert not train(tmp_path / "d", tmp_path / "runs").failed
    (first,) = stages(tmp_path / "runs").values()
    assert (first["images"], first["encoded"], first["size"]) == (6, 6, 192)
    write_image(tmp_path / "d" / "images" / "new.png", "green", corner=40)
    with (tmp_path / "d" / "captions.txt").open("a", encoding="utf-8") as file:
        file.write("new.png,Another square .\n")
    assert not train(tmp_path / "d", tmp_path / "runs").failed
    (second,) = [facts for facts in stages(tmp_path / "runs").values() if facts != first]
    assert (second["images"], second["encoded"]) == (7, 1)


def test_other_content_under_the_same_name_is_another_image(tmp_path: Path) -> None:
    write_captions(tmp_path / "d")
    assert not train(tmp_path / "d", tmp_path / "runs").failed
    write_image(tmp_path / "d" / "images" / "red-0.png", "purple", corner=30)
    assert not train(tmp_path / "d", tmp_path / "runs").failed
    assert sorted(facts["encoded"] for facts in stages(tmp_path / "runs").values()) == [1, 6]


def test_all_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    write_captions(tmp_path / "d")
    folder = tmp_path / "d" / "images"
    (folder / "red-0.png").write_bytes((folder / "red-0.png").read_bytes()[:100])
    (folder / "blue-2.png").write_text("<!doctype html><p>not found</p>")
    done = train(tmp_path / "d", tmp_path / "runs")
    (error,) = set(done.failed)
    assert "2 images" in error
    assert "red-0.png: a PNG image that is broken or cut off" in error
    assert "blue-2.png: an HTML page" in error


def test_vectors_that_are_not_finite_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = type(default_registry().image_encoder("pixels").open())
    real = encoder.vectors

    def broken(self: object, pictures: object) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        vectors = real(self, pictures)  # type: ignore[arg-type]
        vectors[0, 0] = np.nan
        return vectors

    monkeypatch.setattr(encoder, "vectors", broken)
    write_captions(tmp_path / "d")
    done = train(tmp_path / "d", tmp_path / "runs")
    assert {"not finite" in error for error in done.failed} == {True}


def test_captions_alone_need_two_of_one_image(tmp_path: Path) -> None:
    kind = default_registry().kind("image-text-retrieval")
    rows = [
        harness.CaptionRow(text=f"caption {n}", image=harness.Image(name=str(n % 4), content=b"x")) for n in range(9)
    ]
    from harness.modeling.tokenizer import load_text_encoder
    from harness.sources.mini.encoder import DIRECTORY

    hyper = Hyper(max_length=32, kind_settings=ImageSettings(images="none"))
    found = kind.encode(rows, (), load_text_encoder(DIRECTORY), hyper)
    # Three of the first image: the last goes with the first again.
    assert found.rows.tolist() == [0, 8, 1, 2, 3]
    assert np.diff(found.units).tolist() == [2] * 5
    with raises_code("no-two-captions"):
        kind.encode(rows[:4], (), load_text_encoder(DIRECTORY), hyper)


def test_what_stands_in_for_images_does_so_in_training_alone(tmp_path: Path) -> None:
    write_captions(tmp_path / "d")
    registry = default_registry()
    data = Data(registry, open_files(tmp_path / "d" / "map.toml", registry))
    task, kind = registry.task("flickr8k"), registry.kind("image-text-retrieval")
    shuffled = Hyper(kind_settings=ImageSettings(images="shuffled"))
    trained, scored = (
        data.rows(task, data.split("flickr8k", split, "en"), shuffled).hyper.own(ImageSettings).images
        for split in ("train", "test")
    )
    assert (trained, scored) == ("shuffled", "real")
    left_out = Hyper(kind_settings=ImageSettings(images="none"))
    assert data.rows(task, data.training("flickr8k"), left_out).images is None
    with raises_code("images-not-real"):
        data.rows(task, data.split("flickr8k", "test", "en"), left_out)
    assert kind.version == 2


def test_exchanged_files_are_other_rows_with_the_same_vectors(tmp_path: Path) -> None:
    write_captions(tmp_path / "d")
    folder = tmp_path / "d" / "images"

    def rows() -> Rows:
        registry = default_registry()
        data = Data(registry, open_files(tmp_path / "d" / "map.toml", registry))
        return data.rows(registry.task("flickr8k"), data.training("flickr8k"), Hyper(kind_settings=ImageSettings()))

    before = rows()
    (folder / "red-0.png").rename(tmp_path / "other.png")
    (folder / "blue-2.png").rename(folder / "red-0.png")
    (tmp_path / "other.png").rename(folder / "blue-2.png")
    after = rows()
    assert before.digest == after.digest
    assert before.encoding != after.encoding
    assert EmbedImages(before).inputs == EmbedImages(after).inputs


def test_vectors_of_another_version_or_encoder_are_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_captions(tmp_path / "d")
    assert not train(tmp_path / "d", tmp_path / "runs").failed
    monkeypatch.setattr(EmbedImages, "version", 2)
    assert not train(tmp_path / "d", tmp_path / "runs", batch_size=3).failed
    assert not train(tmp_path / "d", tmp_path / "runs", image_encoder="efficientnet-lite0").failed
    assert sorted((facts["encoded"], facts["size"]) for facts in stages(tmp_path / "runs").values()) == [
        (6, 192),
        (6, 192),
        (6, 1280),
    ]
