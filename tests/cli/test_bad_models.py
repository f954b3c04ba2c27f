"""Models that cannot be used: said before anything is trained, with what to do."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures import Cli

if TYPE_CHECKING:
    from tests.encoders import make_encoder
else:
    from encoders import make_encoder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_encoder("xlm-roberta", tmp_path_factory.mktemp("whole"))


@pytest.fixture
def model(whole: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return shutil.copytree(whole, tmp_path / "model")


def change_config(directory: Path, **values: Any) -> None:
    path = directory / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def missing_weights(directory: Path) -> None:
    (directory / "model.safetensors").unlink()


def truncated_weights(directory: Path) -> None:
    path = directory / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def pickled_weights(directory: Path) -> None:
    (directory / "model.safetensors").rename(directory / "pytorch_model.bin")


def no_tokenizer(directory: Path) -> None:
    (directory / "tokenizer.json").unlink()


def sentencepiece_alone(directory: Path) -> None:
    (directory / "tokenizer.json").rename(directory / "spm.model")


def decoder(directory: Path) -> None:
    change_config(directory, model_type="llama", architectures=["LlamaForCausalLM"])


def sequence_to_sequence(directory: Path) -> None:
    change_config(directory, model_type="mt5", is_encoder_decoder=True)


def remote_code(directory: Path) -> None:
    change_config(directory, model_type="new", auto_map={"AutoModel": "modeling.NewModel"})
    (directory / "modeling.py").write_text("raise SystemExit('this must never run')")


def few_positions(directory: Path) -> None:
    change_config(directory, max_position_embeddings=34)


@pytest.mark.parametrize(
    ("damage", "said", "fix"),
    [
        (missing_weights, "[no-safetensors]", "fetch the model again"),
        (truncated_weights, "[weights-file-broken]", "fetch or copy the model again"),
        (pickled_weights, "[no-safetensors]", "save_pretrained('DIRECTORY')"),
        (no_tokenizer, "[no-tokenizer-files]", "tokenizer.save_pretrained(DIRECTORY)"),
        (sentencepiece_alone, "[package-missing]", "pip install sentencepiece protobuf"),
        (decoder, "[not-an-encoder]", "such as XLM-R"),
        (sequence_to_sequence, "[not-an-encoder]", "such as XLM-R"),
        (remote_code, "[model-needs-own-code]", "an architecture that transformers itself has"),
        (few_positions, "[max-length-beyond-model]", "--set tasks.pawsx.max_length=32"),
    ],
)
@pytest.mark.parametrize("command", ["train", "eval"])
def test_a_model_that_cannot_be_used_is_refused(
    cli: Cli, model: Path, tmp_path: Path, command: str, damage: Callable[[Path], None], said: str, fix: str
) -> None:
    damage(model)
    given = ["--target", "pawsx", "--model"] if command == "train" else ["--tasks", "pawsx", "--checkpoint"]
    if damage is sentencepiece_alone and importlib.util.find_spec("sentencepiece"):
        pytest.skip("sentencepiece is installed")
    done = cli(command, *given, model, "--limit", "8", "--runs", tmp_path / "runs")
    assert done.code == 2, done.out + done.err
    assert said in done.err
    assert "fix:  " in done.err
    assert fix in done.err
    assert "Traceback" not in done.out + done.err
    assert not list((tmp_path / "runs").glob("store/*/*"))


def test_without_a_network_a_hub_id_is_refused(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    from harness.modeling import hub

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(hub, "reachable", lambda _: False)
    for name in ("nobody/nothing", "mdeberta-v3-base"):
        done = cli("train", "--target", "pawsx", "--model", name, "--runs", tmp_path / "runs")
        assert done.code == 2
        assert "[model-not-in-cache]" in done.err
        assert "--model" in done.err


def test_a_head_for_other_labels_is_refused_before_scoring(cli: Cli, model: Path, tmp_path: Path) -> None:
    heads = {"pawsx": {"labels": ["same", "different"], "task": "pawsx"}}
    (model / "heads.json").write_text(json.dumps(heads))
    shutil.copy(model / "model.safetensors", model / "head-pawsx.safetensors")
    done = cli("eval", "--tasks", "pawsx", "--checkpoint", model, "--limit", "8", "--runs", tmp_path / "runs")
    assert done.code == 2
    assert "[labels-of-head-differ]" in done.err
    assert "same, different" in done.err
