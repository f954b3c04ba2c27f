"""What is read of a model directory without torch."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from harness.errors import SettingsError
from harness.modeling.shape import check_encoder, read_shape, tensors, weight_files
from tests.raising import Refusal, raises_code

if TYPE_CHECKING:
    from pathlib import Path

    from tests.encoders import make_encoder
else:
    from encoders import make_encoder


def model(directory: Path, **config: Any) -> Path:
    directory.mkdir(exist_ok=True)
    (directory / "config.json").write_text(json.dumps(config))
    arrays: dict[str, Any] = {
        "a": np.zeros((3, 4), np.float16),
        "b": np.zeros(5, np.float32),
        "c": np.zeros((), np.float32),
    }
    save_file(arrays, directory / "model.safetensors", {"format": "pt"})
    return directory


@pytest.mark.parametrize(
    ("config", "sizes"),
    [
        ({"hidden_size": 48, "num_hidden_layers": 3, "vocab_size": 7}, (48, 3, 512, 7, 0)),
        ({"dim": 48, "n_layers": 3, "vocab_size": 7, "max_position_embeddings": 64}, (48, 3, 64, 7, 0)),
        ({"emb_dim": 48, "n_layers": 3, "n_words": 7}, (48, 3, 512, 7, 0)),
        ({"hidden_size": 48, "num_hidden_layers": 3, "embedding_size": 16}, (48, 3, 512, 0, 16)),
        ({"hidden_size": 48, "num_hidden_layers": 3, "embedding_size": 48}, (48, 3, 512, 0, 0)),
        ({"hidden_size": 48, "num_hidden_layers": 3, "input_embedding_size": 16}, (48, 3, 512, 0, 16)),
        (
            {"hidden_size": 48, "num_hidden_layers": 3, "max_position_embeddings": 514, "model_type": "xlm-roberta"},
            (48, 3, 512, 0, 0),
        ),
    ],
)
def test_sizes_go_by_several_names(config: dict[str, Any], sizes: tuple[int, ...], tmp_path: Path) -> None:
    found = read_shape(model(tmp_path / "model", **config))
    assert (found.hidden_size, found.layers, found.positions, found.vocabulary, found.embedding_size) == sizes
    # 3 * 4 + 5 + 1, whatever they are stored as.
    assert found.parameters == 18


@pytest.mark.parametrize(
    ("config", "multiplied"),
    [({}, 18), ({"vocab_size": 3}, 18 - 3 * 2), ({"vocab_size": 3, "input_embedding_size": 5}, 18 - 3 * 5)],
)
def test_embeddings_are_looked_up_and_not_multiplied(config: dict[str, Any], multiplied: int, tmp_path: Path) -> None:
    config = {"hidden_size": 2, "num_hidden_layers": 1} | config
    assert read_shape(model(tmp_path / "model", **config)).multiplied == multiplied


@pytest.mark.parametrize(
    ("name", "value"),
    [("hidden_size", "32"), ("num_hidden_layers", -1), ("max_position_embeddings", 1.5), ("vocab_size", [])],
)
def test_sizes_that_are_none_are_refused(name: str, value: Any, tmp_path: Path) -> None:
    directory = model(tmp_path, hidden_size=4, num_hidden_layers=2)
    file = directory / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {name: value}))
    with raises_code("config-value-out-of-range", name):
        read_shape(directory)


def test_what_is_null_is_not_given(tmp_path: Path) -> None:
    config: dict[str, Any] = {"hidden_size": 4, "num_hidden_layers": 2, "model_type": "xlm-roberta"}
    given = model(tmp_path, **config, pad_token_id=None, max_position_embeddings=None)
    assert read_shape(given).positions == 510


def test_tensors_are_those_of_the_header(tmp_path: Path) -> None:
    assert tensors(model(tmp_path) / "model.safetensors") == {"a": (3, 4), "b": (5,), "c": ()}


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (lambda whole: whole[:-2], ("weights-file-broken",)),
        (lambda whole: whole + b"more", ("weights-file-broken",)),
        (lambda whole: whole[:60], ("not-safetensors",)),
        (lambda _: b"", ("not-safetensors",)),
        (lambda _: b"\x02\0\0\0\0\0\0\0[]", ("not-safetensors",)),
        (lambda _: b"PK\x03\x04 a zip archive of another program", ("not-safetensors",)),
    ],
)
def test_a_file_that_was_cut_off_is_refused(content: Any, refusal: Refusal, tmp_path: Path) -> None:
    file = model(tmp_path) / "model.safetensors"
    file.write_bytes(content(file.read_bytes()))
    with raises_code(*refusal) as caught:
        tensors(file)
    assert caught.value.where == str(file)


def test_weights_may_be_in_several_files(tmp_path: Path) -> None:
    directory = model(tmp_path, hidden_size=2, num_hidden_layers=1)
    whole = directory / "model.safetensors"
    names = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
    (directory / names[1]).write_bytes(whole.read_bytes())
    whole.rename(directory / names[0])
    weights = {"weight_map": {"a": names[0], "b": names[0], "c": names[1]}}
    (directory / "model.safetensors.index.json").write_text(json.dumps(weights))
    assert [file.name for file in weight_files(directory)] == names
    assert read_shape(directory).parameters == 36
    (directory / names[0]).unlink()
    with raises_code("weight-files-missing", names[0]):
        weight_files(directory)
    (directory / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {"a": "../elsewhere.safetensors"}})
    )
    with raises_code("not-a-weights-index"):
        weight_files(directory)
    (directory / "model.safetensors.index.json").write_text("{}")
    with raises_code("not-a-weights-index"):
        weight_files(directory)


def test_pickled_weights_come_with_how_to_convert_them(tmp_path: Path) -> None:
    directory = model(tmp_path)
    (directory / "model.safetensors").rename(directory / "pytorch_model.bin")
    with raises_code("no-safetensors") as caught:
        weight_files(directory)
    assert "save_pretrained('DIRECTORY')" in (caught.value.fix or "")
    assert str(directory) in (caught.value.fix or "")
    with pytest.raises(SettingsError) as caught:
        weight_files(directory, "owner/name")
    assert "n = 'owner/name'" in (caught.value.fix or "")


def test_the_conversion_of_pickled_weights_keeps_their_head(tmp_path: Path) -> None:
    import subprocess
    import sys

    import torch
    from safetensors.torch import load_file
    from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

    from harness.planning.models import given_model

    directory = make_encoder("xlm-roberta", tmp_path / "model")
    XLMRobertaForMaskedLM(XLMRobertaConfig.from_pretrained(directory)).save_pretrained(directory)
    weights = load_file(directory / "model.safetensors")
    torch.save(weights, directory / "pytorch_model.bin")
    (directory / "model.safetensors").unlink()
    with pytest.raises(SettingsError) as caught:
        given_model(directory)
    code = (caught.value.fix or "").split('"')[1].replace("DIRECTORY", str(tmp_path / "converted"))
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    converted = load_file(given_model(tmp_path / "converted").path / "model.safetensors")
    assert "lm_head.bias" in converted
    assert all(torch.equal(converted[name], weights[name]) for name in weights.keys() & converted.keys())
    assert len(weights.keys() - converted.keys()) <= 1  # the tied output matrix


@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "xlm-roberta", "architectures": ["XLMRobertaForMaskedLM"]},
        {"model_type": "bert", "architectures": ["BertModel"], "auto_map": {"AutoModel": "code.Model"}},
        {"model_type": "distilbert"},
        {"model_type": "xlm"},
        # Files for transformers that name code for its older versions, too.
        {"model_type": "eurobert", "auto_map": {"AutoModel": "modeling_eurobert.EuroBertModel"}},
        {"model_type": "nomic_bert", "hidden_size": 8, "auto_map": {"AutoModel": "nomic-ai/nomic-bert-2048--x.Y"}},
    ],
)
def test_encoders_pass(config: dict[str, Any], tmp_path: Path) -> None:
    check_encoder(model(tmp_path, **config))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]}, "of type gpt2 is no encoder: it is a decoder"),
        ({"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"]}, "a decoder, which reads in one direction"),
        ({"model_type": "gpt2", "architectures": ["GPT2Model"]}, "a model of type gpt2 is no encoder$"),
        ({"model_type": "bert", "is_decoder": True}, "it is a decoder"),
        ({"model_type": "t5", "is_encoder_decoder": True}, "it is an encoder and a decoder"),
        ({"model_type": "new", "auto_map": {"AutoModel": "modeling.NewModel"}}, r"needs code of its own \(auto_map"),
        ({}, "a model of type unknown is no encoder"),
        ({"model_type": "fnet"}, "of type fnet cannot be used: its layers mix padding into texts"),
        ({"model_type": "xmod"}, "of type xmod cannot be used: it has to be told the language"),
    ],
)
def test_what_is_no_encoder_is_refused(config: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        check_encoder(model(tmp_path, **config))
    assert re.search(said, caught.value.what)
    assert caught.value.where == str(tmp_path)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("config", "native"),
    [
        (
            {"model_type": "new", "auto_map": {"AutoModel": "Alibaba-NLP/new-impl--modeling.NewModel"}},
            "alibaba-nlp-community/gte-multilingual-base",
        ),
        # A type that transformers has, though for other files than these.
        (
            {
                "model_type": "xlm-roberta",
                "hidden_size": 8,
                "auto_map": {"AutoModel": "jinaai/xlm-roberta-flash-implementation--modeling_lora.XLMRobertaLoRA"},
            },
            "jinaai/jina-embeddings-v3-hf",
        ),
        (
            {
                "model_type": "nomic_bert",
                "n_embd": 8,
                "auto_map": {"AutoConfig": "nomic-ai/nomic-bert-2048--configuration_hf_nomic_bert.NomicBertConfig"},
            },
            "nomic-ai/nomic-embed-text-v1.5@refs/pr/57",
        ),
    ],
)
def test_the_checkpoint_that_needs_no_code_is_named(config: dict[str, Any], native: str, tmp_path: Path) -> None:
    with raises_code("model-needs-own-code") as caught:
        check_encoder(model(tmp_path, **config))
    assert f"--model {native}" in str(caught.value.fix)
    assert "mDeBERTa" in str(caught.value.fix)
