"""Which model a run starts from: a builder of registry.yaml, a Hugging Face directory, or a hub id."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.config import Settings
from harness.errors import SettingsError, UnknownName
from harness.planning.data import Data
from harness.planning.digests import digest_of_directory
from harness.planning.stages import BuiltModel, GivenModel
from harness.planning.store import finished_digest
from harness.registry import Registry

TOKENIZER_FILES = ("tokenizer*", "vocab*", "*.model")


@dataclass(frozen=True)
class Shape:
    """What planning needs to know of an encoder.

    Attributes:
        positions: the longest sequence it takes.
        parameters: number of weights.
    """

    hidden_size: int
    layers: int
    positions: int
    parameters: int


def start_model(settings: Settings, registry: Registry, data: Data, tasks: tuple[str, ...]) -> GivenModel | BuiltModel:
    """The model of the settings; a builder's tokenizer is trained on the training rows of `tasks`.

    Raises:
        UnknownName: no model has that name and no directory is there.
    """
    entry = registry.models.get(settings.model)
    if entry and "build" in entry:
        own = {k.removeprefix("model."): v for k, v in settings.set.items() if k.startswith("model.")}
        parameters = {**entry["parameters"], **own}
        _check_parameters(parameters)
        texts = tuple((task, data.training(task).digest) for task in sorted(tasks))
        return BuiltModel(settings.model, entry["build"], tuple(sorted(parameters.items())), texts)
    return named_model(settings.model, registry)


def _check_parameters(parameters: Mapping[str, Any]) -> None:
    """Refuse sizes of which no encoder can be built."""
    for name, value in parameters.items():
        if name == "dropout" and not 0 <= value < 1:
            raise SettingsError(f"model.dropout = {value} must be from 0 to below 1")
        if name != "dropout" and value < 1:
            raise SettingsError(f"model.{name} = {value} must be above 0")
    hidden, heads = parameters["hidden_size"], parameters["heads"]
    if hidden % heads:
        raise SettingsError(
            f"model.hidden_size = {hidden} is not a multiple of model.heads = {heads}",
            mend="change one of them with --set",
        )


def named_model(name: str, registry: Registry) -> GivenModel:
    """The model of a directory, of a hub id, or of a name that registry.yaml gives to a hub id.

    Raises:
        UnknownName: no model has that name and no directory is there.
    """
    path = Path(name)
    if path.is_dir():
        return given_model(path)
    entry = registry.models.get(name, {})
    if "shipped" in entry:
        module, _, function = entry["shipped"].partition(":")
        return given_model(getattr(importlib.import_module(module), function)())
    hub_id = entry.get("hub", name)
    if hub_id.count("/") == 1 and not hub_id.startswith((".", "/", "~")):
        from harness.modeling.hub import snapshot

        return given_model(snapshot(hub_id))
    raise UnknownName("model, and no directory,", name, registry.models)


def given_model(path: Path) -> GivenModel:
    """A model directory; one that a store built keeps the digest it has there."""
    if not (path / "config.json").is_file():
        raise SettingsError(
            "not a Hugging Face model directory: no config.json",
            where=str(path),
            mend="give a directory with config.json, model.safetensors and tokenizer files",
        )
    if not any(path.glob("*.safetensors")):
        raise SettingsError(
            "the model has no weights in safetensors format",
            where=str(path),
            mend="pickled weights are not read; convert them with transformers' save_pretrained",
        )
    if not any(file for pattern in TOKENIZER_FILES for file in path.glob(pattern)):
        raise SettingsError(
            "the model has no tokenizer files, such as tokenizer.json",
            where=str(path),
            mend="save the tokenizer it was trained with there: tokenizer.save_pretrained(DIRECTORY)",
        )
    return GivenModel(path, finished_digest(path) or digest_of_directory(path))


def shape_of(model: GivenModel | BuiltModel) -> Shape:
    """The encoder's sizes, from its configuration or its builder's parameters."""
    if isinstance(model, BuiltModel):
        values = dict(model.parameters)
        hidden, layers = values["hidden_size"], values["layers"]
        block = hidden * (4 * hidden + 2 * values["feed_forward"])
        parameters = (values["vocabulary"] + values["positions"]) * hidden + layers * block
        return Shape(hidden, layers, values["positions"] - 2, parameters)
    file = model.path / "config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SettingsError(f"not JSON: {error}", where=str(file), mend="fetch the model again") from None
    missing = [name for name in ("hidden_size", "num_hidden_layers") if name not in config]
    if missing:
        raise SettingsError(
            f"config.json has no {' and no '.join(missing)}",
            where=str(model.path),
            mend="give an encoder whose configuration has them, such as XLM-R's or BERT's",
        )
    weights = sum(path.stat().st_size for path in model.path.glob("*.safetensors"))
    width = 2 if config.get("dtype", config.get("torch_dtype")) in ("float16", "bfloat16") else 4
    positions = config.get("max_position_embeddings", 512)
    if config.get("model_type") in ("xlm-roberta", "roberta", "camembert"):
        # Positions of RoBERTa's family begin after the padding id.
        positions -= config.get("pad_token_id", 1) + 1
    return Shape(config["hidden_size"], config["num_hidden_layers"], positions, weights // width)
