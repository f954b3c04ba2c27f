"""Encoders inside models of texts and images: the tower of texts, written as the encoder that it is."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import SettingsError
from harness.modeling.shape import CONFIG, WEIGHTS, Shape, read_config, shape_of, tensors, weight_files


@dataclass(frozen=True)
class Tower:
    """A tower of texts that has the layers of a known encoder.

    Attributes:
        prefix: what the names of its tensors begin with in a model's files.
        model_type: of that encoder.
        model: class of transformers that loads it.
    """

    prefix: str
    model_type: str
    model: str


TOWERS = {
    "align": Tower("text_model.", "bert", "BertModel"),
    "altclip": Tower("text_model.roberta.", "xlm-roberta", "XLMRobertaModel"),
    "chinese_clip": Tower("text_model.", "bert", "BertModel"),
}
"""By `model_type` of a whole model."""

_ONE_DIRECTION = "its texts' part reads in one direction only, as decoders do"
_READS_PADDING = (
    "its texts' part was trained to read padding as it reads words, and here padding is hidden from encoders"
)
UNFIT = {
    **dict.fromkeys(("clip", "clipseg", "metaclip_2"), _ONE_DIRECTION),
    **dict.fromkeys(("siglip", "siglip2"), _READS_PADDING),
}
"""Models of texts and images whose tower of texts is no encoder to start from, by `model_type`."""

TAKEN = (
    *("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"),
    *("max_position_embeddings", "type_vocab_size", "hidden_act", "hidden_dropout_prob"),
    *("attention_probs_dropout_prob", "initializer_range", "layer_norm_eps"),
    *("pad_token_id", "bos_token_id", "eos_token_id"),
)
"""What BERT's and XLM-R's configurations say, and those of the towers by the same names."""

TOKENIZER = ("tokenizer*.json", "special_tokens_map.json", "added_tokens.json", "vocab.*", "*.model")
LEFT_OUT = ("pooler.", "embeddings.position_ids")
"""Of a tower's tensors: training goes without a pooler, and old files have numbers that are counted anew."""


def has_text_tower(directory: Path) -> bool:
    """Whether a directory has a model of texts and images of which one tower is an encoder of texts.

    Raises:
        SettingsError: it has no config.json, or one that is no JSON object.
    """
    return read_config(directory).get("model_type") in TOWERS


def refuse_two_towers(directory: Path) -> None:
    """Refuse a model of texts and images where an encoder of its own is needed.

    Raises:
        SettingsError: it is one, or its tower of texts saved alone.
    """
    kind = str(read_config(directory).get("model_type", ""))
    whole = kind.removesuffix("_text_model")
    if whole not in TOWERS and whole not in UNFIT:
        return
    if whole in UNFIT:
        why = UNFIT[whole]
        fix = (
            "give a model that was trained to fill in masks, such as XLM-R; images can be as CLIP and SigLIP see them: "
            "--set image_encoder=DIRECTORY"
        )
    elif kind == whole:
        why = "its texts' part becomes one where a run begins with it"
        fix = "give it as --model; if a run began with it, repeat the run's command"
    else:
        why, fix = "it is one part that was saved alone", f"give the whole model, of type {whole}"
    raise SettingsError(
        f"a model of type {kind} is no encoder: it is of texts and images, and {why}",
        code="not-an-encoder",
        where=str(directory),
        fix=fix,
    )


def tower_shape(directory: Path) -> Shape:
    """The sizes of a model's tower of texts, by its configuration and the headers of its files.

    Raises:
        SettingsError: the configuration cannot be read, or the files are not whole, or have no such tower.
    """
    shapes = {name: shape for file in weight_files(directory) for name, shape in tensors(file).items()}
    names = _names(directory, shapes)
    parameters = sum(math.prod(shapes[name]) for name in names)
    return shape_of(tower_config(directory), parameters, directory)


def tower_config(directory: Path) -> dict[str, Any]:
    """What config.json of the tower as an encoder says.

    Raises:
        SettingsError: transformers cannot read the model's.
    """
    tower = _tower(directory)
    # Files say only what differs from the defaults of the tower's own class, which are not those of BERT or XLM-R.
    from transformers import AutoConfig

    try:
        whole = AutoConfig.from_pretrained(directory, local_files_only=True, trust_remote_code=False)
        text = whole.text_config.to_dict()
        values = {name: text[name] for name in TAKEN}
    except Exception as error:  # of a configuration that may say anything
        raise SettingsError(
            f"the configuration of its texts' part cannot be read: {' '.join(str(error).split())[:200]}",
            code="text-tower-unreadable",
            where=str(directory / CONFIG),
            fix="fetch the model again",
        ) from error
    return {"model_type": tower.model_type, "architectures": [tower.model], **values}


def write_tower(model: Path, directory: Path) -> None:
    """Write a model's tower of texts as an ordinary Hugging Face directory of BERT or XLM-R.

    What the tower has behind its last layer, to compare texts with images, is left out, as is a pooler.

    Args:
        model: the whole model, with a tokenizer.
        directory: an existing, empty directory.

    Raises:
        SettingsError: the model has no such tower, or not all of it.
    """
    from safetensors import safe_open
    from safetensors.torch import save_file

    prefix, weights = _tower(model).prefix, {}
    for file in weight_files(model):
        with safe_open(file, framework="pt") as opened:
            for name in _encoders(list(opened.keys()), prefix):
                weights[name.removeprefix(prefix)] = opened.get_tensor(name).contiguous()
    save_file(weights, directory / WEIGHTS, {"format": "pt"})
    for file in model.iterdir():
        if file.is_file() and any(file.match(pattern) for pattern in TOKENIZER):
            shutil.copyfile(file, directory / file.name)
    (directory / CONFIG).write_text(json.dumps(tower_config(model), indent=2), encoding="utf-8")


def _tower(directory: Path) -> Tower:
    return TOWERS[read_config(directory)["model_type"]]


def _names(directory: Path, names: Iterable[str]) -> list[str]:
    """Those of the tower's tensors.

    Raises:
        SettingsError: there are none.
    """
    prefix = _tower(directory).prefix
    found = _encoders(names, prefix)
    if not found:
        raise SettingsError(
            f"none of its weights is of its texts' part: no name begins with {prefix}",
            code="no-text-tower",
            where=str(directory),
            fix="fetch the model again",
        )
    return found


def _encoders(names: Iterable[str], prefix: str) -> list[str]:
    return [name for name in names if name.startswith(prefix) and not name.removeprefix(prefix).startswith(LEFT_OUT)]
