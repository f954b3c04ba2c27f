from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.modeling.checkpoints import (
    load_encoder,
    load_head,
    save_checkpoint,
)
from harness.modeling.heads.base import HeadConfig, build_head
from harness.modeling.tokenizer import load_text_encoder
from tests.raising import Refusal, raises_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from transformers import PreTrainedModel

CONFIG = HeadConfig(
    task="p",
    head="harness.modeling.heads.text_classification:TextClassificationHead",
    labels=("yes", "no"),
    dropout=0.1,
    hidden_size=32,
    layers=2,
)


@pytest.fixture
def copy(scratch: Path, tmp_path: Path) -> Path:
    """A copy of the scratch model to break."""
    return shutil.copytree(scratch, tmp_path / "model")


def change_config(directory: Path, **values: Any) -> None:
    path = directory / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def save(directory: Path, origin: Path, config: HeadConfig = CONFIG) -> tuple[PreTrainedModel, Any]:
    encoder, head = load_encoder(origin)[0], build_head(config)
    save_checkpoint(
        directory,
        origin=origin,
        encoder=encoder.state_dict(),
        heads={"p": head.state_dict()},
        configs={"p": config},
    )
    return encoder, head


def test_a_checkpoint_is_a_hugging_face_directory(scratch: Path, tmp_path: Path) -> None:
    from transformers import AutoModel, AutoTokenizer

    encoder, head = save(tmp_path / "checkpoint", scratch)
    loaded = AutoModel.from_pretrained(tmp_path / "checkpoint", add_pooling_layer=False)
    assert loaded.state_dict().keys() == encoder.state_dict().keys()
    for name, weight in encoder.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], weight)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "checkpoint")
    ids = tokenizer("the fox", "北京")["input_ids"]
    (encoding,) = load_text_encoder(scratch).encode(["the fox"], ["北京"], 50)
    assert ids == encoding.ids
    loaded_head = load_head(tmp_path / "checkpoint", CONFIG)
    assert loaded_head.config == CONFIG
    for name, weight in head.state_dict().items():
        assert torch.equal(loaded_head.state_dict()[name], weight)
    assert {path.suffix for path in (tmp_path / "checkpoint").iterdir()} == {".json", ".safetensors"}


def test_heads_and_weights_of_the_origin_are_not_taken_along(scratch: Path, tmp_path: Path) -> None:
    save(tmp_path / "first", scratch)
    for name in ("pytorch_model.bin", "manifest.json", "head-old.safetensors", "tf_model.h5"):
        (tmp_path / "first" / name).write_bytes(b"old")
    encoder, _ = load_encoder(scratch)
    save_checkpoint(tmp_path / "second", origin=tmp_path / "first", encoder=encoder.state_dict(), heads={}, configs={})
    names = {path.name for path in (tmp_path / "second").iterdir()}
    assert names == {"config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors", "heads.json"}
    with raises_code("no-such-head", "p", "none"):
        load_head(tmp_path / "second", CONFIG)


def test_a_head_for_other_labels_is_refused(scratch: Path, tmp_path: Path) -> None:
    save(tmp_path / "checkpoint", scratch)
    with raises_code("labels-of-head-differ", "p"):
        load_head(tmp_path / "checkpoint", dataclasses.replace(CONFIG, labels=("other", "names")))


def test_a_head_with_other_settings_of_its_own_is_refused(scratch: Path, tmp_path: Path) -> None:
    save(tmp_path / "first", scratch)
    late = dataclasses.replace(CONFIG, settings={"classifier_pooling": "late"})
    with raises_code("settings-of-head-differ", "none") as raised:
        load_head(tmp_path / "first", late)
    assert raised.value.fix == "leave out classifier_pooling"
    save(tmp_path / "late", scratch, late)
    with raises_code("settings-of-head-differ", "classifier_pooling = late") as raised:
        load_head(tmp_path / "late", CONFIG)
    assert raised.value.fix == "--set classifier_pooling=late"
    assert load_head(tmp_path / "late", late).config == late


def test_a_checkpoint_does_not_choose_the_class_of_its_head(scratch: Path, tmp_path: Path) -> None:
    save(tmp_path / "checkpoint", scratch)
    path = tmp_path / "checkpoint" / "heads.json"
    saved = json.loads(path.read_text())
    assert "head" not in saved["p"]
    path.write_text(json.dumps({"p": {**saved["p"], "head": "os:system"}}))
    assert load_head(tmp_path / "checkpoint", CONFIG).config.head == CONFIG.head


def test_an_encoder_comes_without_pooler_in_float32(copy: Path) -> None:
    weights = {name: weight.half() for name, weight in load_file(copy / "model.safetensors").items()}
    weights |= {"pooler.dense.weight": torch.zeros(32, 32), "pooler.dense.bias": torch.zeros(32)}
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    encoder, report = load_encoder(copy)
    assert {weight.dtype for weight in encoder.state_dict().values()} == {torch.float32}
    assert not any(name.startswith("pooler") for name in encoder.state_dict())
    assert (report.loaded, report.new) == (len(weights) - 2, ())
    assert report.left_out == ("pooler.dense.bias", "pooler.dense.weight")


def test_new_weights_of_a_pooler_are_named_and_start_the_same_each_time(tmp_path: Path) -> None:
    from transformers import LayoutLMConfig, LayoutLMModel

    sizes: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    LayoutLMModel(LayoutLMConfig(vocab_size=50, **sizes)).save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    poolers = tuple(sorted(name for name in weights if name.startswith("pooler.")))
    kept = {name: weight for name, weight in weights.items() if name not in poolers}
    save_file(kept, tmp_path / "model.safetensors", {"format": "pt"})
    state = torch.random.get_rng_state()
    encoder, report = load_encoder(tmp_path)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert (report.loaded, report.new) == (len(kept), poolers) != (len(weights), ())
    torch.manual_seed(77)
    again, _ = load_encoder(tmp_path)
    assert all(torch.equal(again.state_dict()[name], encoder.state_dict()[name]) for name in poolers)


def layer_missing(directory: Path) -> None:
    weights = load_file(directory / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, directory / "model.safetensors", {"format": "pt"})


def embeddings_alone(directory: Path) -> None:
    weights = load_file(directory / "model.safetensors")
    kept = {name: weight for name, weight in weights.items() if name.startswith("embeddings.")}
    save_file(kept | {"blocks.0.mixer.Wqkv.weight": torch.zeros(3)}, directory / "model.safetensors", {"format": "pt"})


def fewer_layers(directory: Path) -> None:
    change_config(directory, num_hidden_layers=1)


def more_layers(directory: Path) -> None:
    change_config(directory, num_hidden_layers=3)


def no_config(directory: Path) -> None:
    (directory / "config.json").unlink()


def broken_config(directory: Path) -> None:
    (directory / "config.json").write_text("{oops")


def empty_config(directory: Path) -> None:
    (directory / "config.json").write_text("{}")


def wrong_type(directory: Path) -> None:
    change_config(directory, hidden_size="wide")


def truncated(directory: Path) -> None:
    path = directory / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def not_safetensors(directory: Path) -> None:
    (directory / "model.safetensors").write_bytes(b"")


def other_shape(directory: Path) -> None:
    change_config(directory, hidden_size=64)


def other_model(directory: Path) -> None:
    save_file({"a.weight": torch.zeros(3)}, directory / "model.safetensors", {"format": "pt"})


def own_code(directory: Path) -> None:
    change_config(directory, model_type="mine", auto_map={"AutoConfig": "code.Config", "AutoModel": "code.Model"})
    (directory / "code.py").write_text("raise SystemExit('this must never run')")


def pickled(directory: Path) -> None:
    torch.save(load_file(directory / "model.safetensors"), directory / "pytorch_model.bin")
    (directory / "model.safetensors").unlink()


def decoder(directory: Path) -> None:
    from transformers import GPT2Config, GPT2Model

    GPT2Model(
        GPT2Config(n_embd=32, n_layer=1, n_head=2, vocab_size=50, bos_token_id=0, eos_token_id=1)
    ).save_pretrained(directory)


def encoder_decoder(directory: Path) -> None:
    change_config(directory, model_type="bart", is_encoder_decoder=True)


@pytest.mark.parametrize(
    ("damage", "refusal"),
    [
        (no_config, ("not-a-model-directory", "config.json")),
        (broken_config, ("not-json",)),
        (empty_config, ("cannot-load-model", "model_type")),
        (wrong_type, ("cannot-load-model", "'hidden_size' expected int")),
        (truncated, ("cannot-load-model", "SafetensorError")),
        (not_safetensors, ("cannot-load-model", "SafetensorError")),
        (other_shape, ("weights-do-not-fit-config", "(64,)", "(32,)")),
        (other_model, ("not-weights-of-encoder",)),
        (layer_missing, ("weights-missing", "1", "37", "encoder.layer.1.output.dense.weight")),
        (embeddings_alone, ("weights-missing", "32", "encoder.layer.0")),
        (more_layers, ("weights-missing", "16", "encoder.layer.2")),
        (fewer_layers, ("layers-beyond-config", "16", "encoder.layer.1")),
        (own_code, ("cannot-load-model", "custom code")),
        (pickled, ("cannot-load-model", "no file named model.safetensors")),
        (decoder, ("not-an-encoder", "gpt2")),
        (encoder_decoder, ("not-an-encoder", "bart")),
    ],
)
def test_a_directory_that_cannot_be_used_is_refused_in_a_sentence(
    damage: Callable[[Path], None], refusal: Refusal, copy: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    damage(copy)
    capfd.readouterr()
    with raises_code(*refusal) as caught:
        load_encoder(copy)
    assert caught.value.where in (str(copy), str(copy / "config.json"))
    assert "\n" not in caught.value.what
    assert capfd.readouterr() == ("", "")


def without_files(directory: Path) -> None:
    (directory / "tokenizer.json").unlink()
    (directory / "tokenizer_config.json").unlink()


def without_tokenizer(directory: Path) -> None:
    (directory / "tokenizer.json").unlink()


def empty_tokenizer(directory: Path) -> None:
    (directory / "tokenizer.json").write_text("{}")


def another_tokenizer(directory: Path) -> None:
    config = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps(config | {"vocab_size": 7}))


@pytest.mark.parametrize(
    ("damage", "refusal"),
    [
        (another_tokenizer, ("tokenizer-of-other-model", "7")),
        (without_files, ("no-tokenizer-files",)),
        (without_tokenizer, ("cannot-load-model", "a fast tokenizer")),
        (empty_tokenizer, ("cannot-load-model", "a fast tokenizer")),
    ],
)
def test_a_tokenizer_that_is_not_there_is_missed(
    damage: Callable[[Path], None], refusal: Refusal, copy: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    damage(copy)
    with raises_code(*refusal):
        load_text_encoder(copy)
    assert capfd.readouterr() == ("", "")


def test_a_tokenizer_is_told_apart_by_its_digest(copy: Path, scratch: Path) -> None:
    assert load_text_encoder(copy).digest == load_text_encoder(scratch).digest
    tokenizer = json.loads((copy / "tokenizer.json").read_text())
    tokenizer["pre_tokenizer"]["add_prefix_space"] = False
    (copy / "tokenizer.json").write_text(json.dumps(tokenizer))
    assert load_text_encoder(copy).digest != load_text_encoder(scratch).digest
