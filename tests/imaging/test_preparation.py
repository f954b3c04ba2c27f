from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.imaging.preparation import CLIP, SIGLIP, read_preparation
from tests.raising import raises_code

SIZES = ((640, 480), (480, 640), (224, 224), (333, 501), (100, 37), (60, 900), (1, 1), (225, 224))


def image(width: int, height: int) -> Image.Image:
    small = np.random.default_rng(width).integers(0, 256, (height // 7 + 1, width // 7 + 1, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.NEAREST)


@pytest.mark.loads_torch
@pytest.mark.parametrize("kind", ["CLIP", "Siglip"])
@pytest.mark.parametrize("version", [4, 5])
def test_images_are_prepared_as_transformers_does(kind: str, version: int, tmp_path: Path) -> None:
    import transformers

    theirs = getattr(transformers, f"{kind}ImageProcessorPil")()
    if version == 4:
        theirs.save_pretrained(tmp_path)
        assert (tmp_path / "preprocessor_config.json").is_file()
    else:
        content = {"image_processor": theirs.to_dict(), "processor_class": f"{kind}Processor"}
        (tmp_path / "processor_config.json").write_text(json.dumps(content))
    ours = read_preparation(tmp_path, CLIP if kind == "CLIP" else SIGLIP)
    for size in SIZES:
        wanted = theirs(images=image(*size), return_tensors="np")["pixel_values"][0]
        found = ours(image(*size))
        assert found.shape == wanted.shape == (3, 224, 224)
        assert found.dtype == np.float32
        assert np.abs(found - wanted).max() < 1e-6, size


def test_what_openai_published_is_read(tmp_path: Path) -> None:
    values = {
        "crop_size": 224,
        "do_center_crop": True,
        "do_normalize": True,
        "do_resize": True,
        "feature_extractor_type": "CLIPFeatureExtractor",
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "resample": 3,
        "size": 224,
    }
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(values))
    old = read_preparation(tmp_path, CLIP)
    (tmp_path / "preprocessor_config.json").write_text("{}")
    assert read_preparation(tmp_path, CLIP) == old
    assert (old.shortest, old.height, old.width) == (224, 224, 224)


def test_a_size_alone_is_that_of_a_square_where_nothing_is_cut_off(tmp_path: Path) -> None:
    (tmp_path / "preprocessor_config.json").write_text('{"size": 96}')
    found = read_preparation(tmp_path, SIGLIP)
    assert (found.shortest, found.height, found.width) == (0, 96, 96)


def test_steps_that_are_switched_off(tmp_path: Path) -> None:
    (tmp_path / "preprocessor_config.json").write_text('{"do_normalize": false, "do_rescale": false, "size": 8}')
    found = read_preparation(tmp_path, SIGLIP)(Image.new("RGB", (30, 20), (1, 20, 255)))
    assert found.shape == (3, 8, 8)
    assert np.array_equal(found[:, 3, 3], [1, 20, 255])


def test_a_slender_image_takes_no_more_memory_than_others(tmp_path: Path) -> None:
    (tmp_path / "preprocessor_config.json").write_text("{}")
    slender = Image.new("RGB", (1, 5_000_000), "red")
    # Scaled as a whole, it would have 224 x 1,120,000,000 pixels.
    found = read_preparation(tmp_path, CLIP)(slender)
    assert np.allclose(found, found[:, :1, :1])


@pytest.mark.parametrize(
    "values",
    [
        {"do_resize": False},
        {"do_pad": True},
        {"size": {"longest_edge": 224}, "do_center_crop": False},
        {"size": {"shortest_edge": 224}, "do_center_crop": False},
        {"crop_size": 225},
        {"crop_size": {"height": 0, "width": 224}},
        {"size": {"height": 224, "width": 224}, "crop_size": {"height": 100, "width": 100}},
        {"size": "224"},
        {"resample": 9},
        {"resample": "bicubic"},
        {"image_mean": 0.5},
        {"image_std": [0.5, 0.0, 0.5]},
        {"image_std": ["a", "b", "c"]},
        [1],
        "text",
    ],
)
def test_what_is_not_known_is_refused(values: Any, tmp_path: Path) -> None:
    file = tmp_path / "preprocessor_config.json"
    file.write_text(json.dumps(values))
    with raises_code("unknown-image-preparation") as raised:
        read_preparation(tmp_path, CLIP)
    assert raised.value.where == str(file)


@pytest.mark.parametrize("text", ["", "{", '{"image_processor": 1}', "{}"])
def test_files_that_hold_none_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "processor_config.json").write_text(text)
    with raises_code("unknown-image-preparation"):
        read_preparation(tmp_path, CLIP)


def test_without_a_file_it_is_said_which_are_missing(tmp_path: Path) -> None:
    with raises_code("no-image-preparation") as raised:
        read_preparation(tmp_path, CLIP)
    assert "no preprocessor_config.json and no processor_config.json" in str(raised.value)
