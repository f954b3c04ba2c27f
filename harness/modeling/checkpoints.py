"""Checkpoints: an encoder in Hugging Face format and one head a task, safetensors only."""

from __future__ import annotations

import inspect
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file

from harness.errors import UserError
from harness.kinds.encoding import TextEncoder
from harness.modeling.heads.base import Head, HeadConfig, build_head

if TYPE_CHECKING:
    from transformers import PreTrainedModel

HEADS = "heads.json"
WEIGHTS = (
    "*.safetensors",
    "*.safetensors.index.json",
    "*.bin",
    "*.pt",
    "*.h5",
    "*.msgpack",
    "*.ot",
    HEADS,
    "manifest.json",
)


class ModelError(UserError):
    """A model directory that cannot be used."""


@dataclass(frozen=True)
class LoadReport:
    """Which weights of an encoder came from where.

    Attributes:
        loaded: number of tensors read.
        new: names of tensors that the directory lacks and that start fresh.
        left_out: names of tensors in the directory that the encoder has no place for.
    """

    loaded: int
    new: tuple[str, ...]
    left_out: tuple[str, ...]


def load_encoder(directory: Path) -> tuple[PreTrainedModel, LoadReport]:
    """The encoder of a Hugging Face directory in float32, without its pooler.

    Raises:
        ModelError: the directory is no Hugging Face encoder in safetensors format.
    """
    from transformers import AutoConfig, AutoModel
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    if not (directory / "config.json").is_file():
        raise ModelError("not a Hugging Face model directory: no config.json", where=str(directory))
    try:
        config = AutoConfig.from_pretrained(directory)
        model_class = AutoModel._model_mapping[type(config)]
        options = {"add_pooling_layer": False} if _has_pooler_switch(model_class) else {}
        model, info = AutoModel.from_pretrained(
            directory, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **options
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"cannot load an encoder: {_first_line(error)}",
            where=str(directory),
            mend="it must hold config.json, tokenizer files and model.safetensors of an encoder that AutoModel loads",
        ) from error
    unexpected, missing = sorted(info["unexpected_keys"]), sorted(info["missing_keys"])
    return model, LoadReport(len(model.state_dict()) - len(missing), tuple(missing), tuple(unexpected))


def load_text_encoder(directory: Path) -> TextEncoder:
    """The fast tokenizer of a Hugging Face directory.

    Raises:
        ModelError: there is none.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(directory)
        backend = tokenizer.backend_tokenizer
    except (OSError, ValueError, AttributeError, KeyError) as error:
        raise ModelError(f"cannot load a fast tokenizer: {_first_line(error)}", where=str(directory)) from error
    return TextEncoder(backend, tokenizer.unk_token_id or 0)


def load_heads(directory: Path) -> dict[str, Head]:
    """All heads of a checkpoint, weights included."""
    heads = {}
    for config in head_configs(directory).values():
        head = build_head(config)
        head.load_state_dict(load_file(directory / f"head-{config.task}.safetensors"))
        heads[config.task] = head
    return heads


def head_configs(directory: Path) -> dict[str, HeadConfig]:
    """Heads that a checkpoint has, by task; none for a plain Hugging Face directory."""
    path = directory / HEADS
    if not path.is_file():
        return {}
    return {name: HeadConfig.from_json(values) for name, values in json.loads(path.read_text()).items()}


def save_checkpoint(
    directory: Path,
    *,
    origin: Path,
    encoder: Mapping[str, torch.Tensor],
    heads: Mapping[str, Mapping[str, torch.Tensor]],
    configs: Mapping[str, HeadConfig],
) -> None:
    """Write a checkpoint that `AutoModel` and `load_heads` read.

    Args:
        directory: created; must not exist.
        origin: the Hugging Face directory that training started from; configuration and tokenizer come from it.
        encoder: the encoder's weights.
        heads: each task's head weights.
        configs: each task's head configuration.
    """
    shutil.copytree(origin, directory, ignore=shutil.ignore_patterns(*WEIGHTS, "head-*"))
    save_file({k: v.contiguous() for k, v in encoder.items()}, directory / "model.safetensors", {"format": "pt"})
    for task, weights in heads.items():
        save_file({k: v.contiguous() for k, v in weights.items()}, directory / f"head-{task}.safetensors")
    values = {task: config.to_json() for task, config in configs.items()}
    (directory / HEADS).write_text(json.dumps(values, indent=2))


def encoder_shape(directory: Path) -> dict[str, Any]:
    """A model directory's config.json."""
    values: dict[str, Any] = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    return values


def _has_pooler_switch(model_class: Any) -> bool:
    return "add_pooling_layer" in inspect.signature(model_class.__init__).parameters


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
