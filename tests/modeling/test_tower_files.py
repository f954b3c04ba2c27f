"""What reads texts in models of texts and images, as an encoder of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from harness.modeling import hub
from harness.modeling.checkpoints import load_encoder, quiet
from harness.modeling.shape import read_shape
from harness.modeling.tokenizer import load_text_encoder
from harness.modeling.towers import tower_shape, write_tower
from harness.planning.models import given_model, located, model_in, named_model
from harness.registry import default_registry
from tests.raising import raises_code

if TYPE_CHECKING:
    from tests.encoders import TWO_TOWERS, make_two_towers, texts
else:
    from encoders import TWO_TOWERS, make_two_towers, texts


@pytest.fixture(scope="module", params=TWO_TOWERS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    name = str(request.param)
    return name, make_two_towers(name, tmp_path_factory.mktemp(name))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return make_two_towers("altclip", tmp_path / "model")


def changed(directory: Path, **values: Any) -> None:
    file = directory / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def test_its_states_are_those_of_the_whole_model_in_every_layer(whole: tuple[str, Path], tmp_path: Path) -> None:
    import transformers

    name, directory = whole
    write_tower(directory, tmp_path)
    encoder, report = load_encoder(tmp_path)
    encoder.train(False)
    assert (report.new, report.left_out) == ((), ())
    with quiet():
        model = getattr(transformers, TWO_TOWERS[name].model).from_pretrained(directory).eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    inputs = tokenizer(list(texts()[:4]), return_tensors="pt", padding=True, truncation=True, max_length=96)
    with torch.no_grad():
        theirs = model.text_model(**inputs, output_hidden_states=True).hidden_states
        ours = encoder(**inputs, output_hidden_states=True).hidden_states
    seen = inputs["attention_mask"].bool()
    assert len(ours) == len(theirs) == 3
    assert seen.sum() < seen.numel(), "some texts are padded"
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one[seen], other[seen], atol=1e-6, rtol=1e-5)
    assert not torch.allclose(ours[1], ours[2])


def test_its_sizes_are_known_before_it_is_written(whole: tuple[str, Path], tmp_path: Path) -> None:
    _, directory = whole
    before = tower_shape(directory)
    write_tower(directory, tmp_path)
    assert before == read_shape(tmp_path)
    encoder, _ = load_encoder(tmp_path)
    assert before.parameters == encoder.num_parameters()
    assert (before.hidden_size, before.layers, before.positions) == (32, 2, 96)
    assert load_text_encoder(tmp_path).digest == load_text_encoder(directory).digest


def test_what_files_do_not_say_is_as_its_own_class_has_it(copy: Path, tmp_path: Path) -> None:
    """Published files say only what differs from the defaults, which are not XLM-R's."""
    text = json.loads((copy / "config.json").read_text())["text_config"]
    for name in ("layer_norm_eps", "type_vocab_size", "pad_token_id", "hidden_act"):
        del text[name]
    changed(copy, text_config=text)
    (tmp_path / "tower").mkdir()
    write_tower(copy, tmp_path / "tower")
    config = json.loads((tmp_path / "tower" / "config.json").read_text())
    assert (config["layer_norm_eps"], config["type_vocab_size"], config["pad_token_id"]) == (1e-5, 1, 1)
    assert (config["model_type"], config["hidden_act"]) == ("xlm-roberta", "gelu")


def test_names_of_old_files_are_no_weights(copy: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    before = tower_shape(copy)
    weights = load_file(copy / "model.safetensors")
    weights["text_model.roberta.embeddings.position_ids"] = torch.arange(98)[None]
    weights["text_model.roberta.pooler.dense.bias"] = torch.zeros(32)
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    assert tower_shape(copy) == before
    (tmp_path / "tower").mkdir()
    write_tower(copy, tmp_path / "tower")
    assert load_encoder(tmp_path / "tower")[1].left_out == ()


def test_a_model_is_known_by_its_content(copy: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(copy, tmp_path / "elsewhere")
    assert model_in(moved).digest == model_in(copy).digest
    assert model_in(make_two_towers("altclip", tmp_path / "other", seed=2)).digest != model_in(copy).digest
    assert (model_in(copy).architecture, model_in(copy).revision) == ("xlm-roberta", "")
    assert model_in(copy).lacks([{"decoder": "lm_head"}])


def test_hub_ids_are_read_like_directories(copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cached = shutil.copytree(copy, tmp_path / "snapshots" / ("a" * 40))
    monkeypatch.setattr(hub, "snapshot", lambda hub_id, revision: cached if revision == "v1" else copy)
    place = located("BAAI/AltCLIP@v1", default_registry())
    assert (place.path, place.name) == (cached, "BAAI/AltCLIP")
    assert model_in(place.path, place.name).revision == "a" * 40


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("clip", "one direction"),
        ("metaclip_2", "one direction"),
        ("siglip", "padding"),
        ("siglip2_text_model", "padding"),
        ("altclip_text_model", "of type altclip"),
    ],
)
def test_what_cannot_be_an_encoder_is_refused(kind: str, words: str, copy: Path) -> None:
    changed(copy, model_type=kind)
    with raises_code("not-an-encoder", kind, copy, words):
        model_in(copy)


def test_where_an_encoder_of_its_own_is_needed_the_run_is_to_be_repeated(copy: Path) -> None:
    with raises_code("not-an-encoder", "altclip", "repeat the run's command"):
        given_model(copy)
    with raises_code("not-an-encoder", "altclip", "repeat the run's command"):
        named_model(str(copy), default_registry())


def test_damaged_models_are_refused_before_anything_is_made(copy: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    mute = shutil.copytree(copy, tmp_path / "mute")
    (mute / "tokenizer.json").unlink()
    with raises_code("no-tokenizer-files", mute):
        model_in(mute)
    blind = shutil.copytree(copy, tmp_path / "blind")
    weights = load_file(blind / "model.safetensors")
    of_images = {name: tensor for name, tensor in weights.items() if not name.startswith("text_model.")}
    save_file(of_images, blind / "model.safetensors")
    with raises_code("no-text-tower", blind, "text_model.roberta."):
        model_in(blind)
    odd = shutil.copytree(copy, tmp_path / "odd")
    changed(odd, text_config={"hidden_size": "many"})
    with raises_code("text-tower-unreadable", odd / "config.json"):
        model_in(odd)
    pickled = shutil.copytree(copy, tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with raises_code("no-safetensors", "owner/name"):
        model_in(pickled, "owner/name")
