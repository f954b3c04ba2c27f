from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.errors import UnknownName
from harness.registry import default_registry
from tests.raising import raises_code

pytestmark = pytest.mark.loads_torch

SIDE = 32
VISION = {
    "hidden_size": 24,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": SIDE,
    "patch_size": 8,
}
TEXT = VISION | {"vocab_size": 50_000, "hidden_size": 8, "max_position_embeddings": 8, "num_hidden_layers": 1}
KINDS = {"clip": "CLIP", "siglip": "Siglip"}


def image(width: int, height: int, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def saved(kind: str, directory: Path) -> Any:
    """A whole model with random weights, saved as transformers saves it, with its image processor."""
    import torch
    import transformers

    prefix = KINDS[kind]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = getattr(transformers, f"{prefix}Config")(vision_config=VISION, text_config=TEXT)
        model = getattr(transformers, f"{prefix}Model")(config).eval()
    model.save_pretrained(directory)
    square = {"height": SIDE, "width": SIDE}
    sizes = {"size": square} if kind == "siglip" else {"size": {"shortest_edge": SIDE}, "crop_size": square}
    getattr(transformers, f"{prefix}ImageProcessorPil")(**sizes).save_pretrained(directory)
    return model


@pytest.fixture(scope="module", params=list(KINDS))
def directory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp(request.param)
    saved(request.param, path)
    return path


@pytest.fixture
def copy(directory: Path, tmp_path: Path) -> Path:
    found = tmp_path / "model"
    shutil.copytree(directory, found)
    return found


def change(file: Path, **values: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_are_what_transformers_pools(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import torch
    import transformers

    model = saved(kind, tmp_path)
    processor = getattr(transformers, f"{KINDS[kind]}ImageProcessorPil").from_pretrained(tmp_path)
    capsys.readouterr()
    encoder = default_registry().image_encoder(str(tmp_path)).open()
    assert capsys.readouterr() == ("", "")
    images = [image(40 + number, 60, number) for number in range(11)]
    found = encoder.vectors(images)
    with torch.inference_mode():
        wanted = model.vision_model(**processor(images=images, return_tensors="pt")).pooler_output.numpy()
    assert found.shape == (len(images), encoder.size) == (len(images), 24)
    assert np.abs(found - wanted).max() < 1e-5
    assert np.abs(found - np.concatenate([encoder.vectors([one]) for one in images])).max() < 1e-5


def test_a_tower_that_was_saved_alone_is_the_same(directory: Path, tmp_path: Path) -> None:
    import transformers

    kind = json.loads((directory / "config.json").read_text())["model_type"]
    model_class = getattr(transformers, f"{KINDS[kind]}VisionModel")
    model_class.from_pretrained(directory).save_pretrained(tmp_path)
    shutil.copy(directory / "preprocessor_config.json", tmp_path)
    first, second = (
        default_registry().image_encoder(str(path)).open().vectors([image(50, 50)]) for path in (directory, tmp_path)
    )
    assert np.abs(first - second).max() < 1e-5


def test_half_precision_is_computed_in_full(directory: Path, copy: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    file = copy / "model.safetensors"
    save_file({name: value.to(torch.bfloat16) for name, value in load_file(file).items()}, file, {"format": "pt"})
    change(copy / "config.json", dtype="bfloat16")
    full, half = (
        default_registry().image_encoder(str(one)).open().vectors([image(50, 50)]) for one in (directory, copy)
    )
    assert 0 < np.abs(full - half).max() < 0.2
    # Of bfloat16, every number has 16 zeros at its end.
    assert (half.view(np.uint32) & 0xFFFF).any()


def test_digests_tell_what_makes_other_vectors(directory: Path, copy: Path) -> None:
    def digest() -> str:
        return default_registry().image_encoder(str(copy)).digest()

    before = digest()
    assert before == default_registry().image_encoder(str(directory)).digest()
    assert len(before) == 16
    (copy / "README.md").write_text("changed")
    (copy / "tokenizer.json").write_text("{}")
    assert digest() == before
    processor = copy / "preprocessor_config.json"
    text = processor.read_text()
    change(processor, image_mean=[0.4, 0.4, 0.4])
    assert digest() != before
    processor.write_text(text)
    assert digest() == before
    content = bytearray((copy / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (copy / "model.safetensors").write_bytes(content)
    assert digest() != before


def test_a_directory_that_is_no_model_is_refused(tmp_path: Path) -> None:
    encoder = default_registry().image_encoder(str(tmp_path))
    for function in (encoder.digest, encoder.open):
        with raises_code("not-a-model-directory"):
            function()


@pytest.mark.parametrize("kind", ["xlm-roberta", "clip_text_model", "", None, 3])
def test_other_models_are_refused(kind: Any, copy: Path) -> None:
    change(copy / "config.json", model_type=kind)
    encoder = default_registry().image_encoder(str(copy))
    for function in (encoder.digest, encoder.open):
        with raises_code("not-an-image-encoder") as raised:
            function()
        assert raised.value.where == str(copy)


def test_a_tower_without_a_pooled_vector_is_refused(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    change(copy / "config.json", vision_config=config["vision_config"] | {"vision_use_head": False})
    with raises_code("not-an-image-encoder"):
        default_registry().image_encoder(str(copy)).digest()


def test_images_of_another_size_than_the_network_takes_are_refused(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    change(copy / "config.json", vision_config=config["vision_config"] | {"image_size": 64})
    with raises_code("unknown-image-preparation") as raised:
        default_registry().image_encoder(str(copy)).digest()
    assert "32 x 32 pixels, and the network takes 64 x 64" in str(raised.value)


def test_a_directory_without_preparation_is_refused(copy: Path) -> None:
    (copy / "preprocessor_config.json").unlink()
    with raises_code("no-image-preparation"):
        default_registry().image_encoder(str(copy)).digest()


def test_pickled_weights_are_refused_with_how_to_convert_them(copy: Path) -> None:
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    encoder = default_registry().image_encoder(str(copy))
    for function in (encoder.digest, encoder.open):
        with raises_code("no-safetensors") as raised:
            function()
        assert "AutoImageProcessor" in str(raised.value.fix)
        assert str(copy) in str(raised.value.fix)


def test_weights_that_are_cut_off_are_refused(copy: Path) -> None:
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    encoder = default_registry().image_encoder(str(copy))
    for function in (encoder.digest, encoder.open):
        with raises_code("weights-file-broken"):
            function()


@pytest.mark.parametrize("change_name", ["left out", "another shape"])
def test_weights_that_lack_parts_of_the_tower_are_refused(change_name: str, copy: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    file = copy / "model.safetensors"
    weights = load_file(file)
    name = "vision_model.post_layernorm.weight"
    weights[name] = torch.ones(7)
    if change_name == "left out":
        del weights[name]
    save_file(weights, file, {"format": "pt"})
    with raises_code("weights-do-not-fit-config") as raised:
        default_registry().image_encoder(str(copy)).open()
    assert "post_layernorm.weight" in str(raised.value)


def test_code_that_comes_with_a_model_is_not_run(copy: Path) -> None:
    (copy / "evil.py").write_text("raise SystemExit('run')")
    change(copy / "config.json", auto_map={"AutoModel": "evil.Model", "AutoConfig": "evil.Config"})
    change(copy / "preprocessor_config.json", auto_map={"AutoImageProcessor": "evil.Processor"})
    assert default_registry().image_encoder(str(copy)).open().vectors([image(9, 9)]).shape == (1, 24)


def test_a_hub_id_is_read_from_the_cache(directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "models--owner--tower"
    shutil.copytree(directory, repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    encoder = default_registry().image_encoder("owner/tower")
    assert encoder.name == "owner/tower"
    # It has no tokenizer, and needs none.
    assert encoder.digest() == default_registry().image_encoder(str(directory)).digest()
    assert encoder.open().size == 24
    with raises_code("model-not-in-cache") as raised:
        default_registry().image_encoder("owner/other").digest()
    assert "pixels" in str(raised.value.fix)
    assert "--model" not in str(raised.value.fix)


@pytest.mark.parametrize("name", ["pixel", "./missing", "a/b/c", "", "/nowhere/at/all"])
def test_what_is_neither_a_name_nor_a_directory_is_refused(name: str) -> None:
    with pytest.raises(UnknownName) as raised:
        default_registry().image_encoder(name)
    assert raised.value.code == "unknown-image-encoder"


def test_a_name_is_taken_before_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pixels").mkdir()
    assert default_registry().image_encoder("pixels") is default_registry().image_encoders["pixels"]
    with raises_code("not-a-model-directory"):
        default_registry().image_encoder("./pixels").digest()
