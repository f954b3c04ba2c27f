"""Checkpoints: an encoder in Hugging Face format and one head a task, safetensors only."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from harness.errors import UserError, counted
from harness.garbage import libraries_are_loaded
from harness.modeling.heads.base import Head, HeadConfig, build_head
from harness.modeling.shape import OWN_ENCODERS, current_name, read_config, weight_files
from harness.modeling.weights import FORMAT, save_encoder
from harness.outside import read_json

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.modeling.sharing import Pool

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

LOCAL = {"local_files_only": True, "trust_remote_code": False}
"""Nothing is fetched, no code that comes with a model is run, and nobody is asked whether to."""


class ModelError(UserError):
    """A model directory that cannot be used."""


@dataclass(frozen=True)
class LoadReport:
    """Which weights of an encoder came from where.

    Attributes:
        loaded: number of tensors read.
        new: names of tensors that the directory lacks and that start fresh, which are those of a pooler.
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

    with translated("an encoder", directory), quiet(), torch.random.fork_rng(devices=[]):
        # Weights that the directory lacks start the same in every run.
        torch.manual_seed(0)
        kind = read_config(directory).get("model_type")
        if kind in OWN_ENCODERS:
            importlib.import_module(OWN_ENCODERS[kind])
        config = AutoConfig.from_pretrained(directory, **LOCAL)
        _refuse_other_than_encoder(config, directory)
        model_class = AutoModel._model_mapping[type(config)]
        libraries_are_loaded()
        options = {"add_pooling_layer": False} if has_pooler_switch(model_class) else {}
        model, info = AutoModel.from_pretrained(
            directory,
            dtype=torch.float32,
            use_safetensors=True,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            **LOCAL,
            **options,
        )
    unexpected, missing = sorted(info["unexpected_keys"]), sorted(info["missing_keys"])
    if info["mismatched_keys"]:
        name, found, wanted = min(info["mismatched_keys"])
        raise ModelError(
            f"config.json and weights do not belong together: {name} should be {tuple(wanted)}, but is {tuple(found)}",
            code="weights-do-not-fit-config",
            where=str(directory),
        )
    names = list(model.state_dict())
    _refuse_part(names, missing, unexpected, directory)
    return model, LoadReport(len(names) - len(missing), tuple(missing), tuple(unexpected))


def _refuse_part(names: Sequence[str], missing: Sequence[str], unexpected: Sequence[str], directory: Path) -> None:
    """Refuse weights without some of the encoder's, which would start at random, or with more layers than it has."""
    lacking = [name for name in missing if "pooler" not in name]
    if len(missing) == len(names):
        raise ModelError(
            "none of its weights is one of the encoder's", code="not-weights-of-encoder", where=str(directory)
        )
    if lacking:
        raise ModelError(
            f"{len(lacking)} of the encoder's {len(names)} weights are not in its files, such as {lacking[0]}",
            code="weights-missing",
            where=str(directory),
            fix="give a model whose weights are all there, by the names that transformers has for its model_type",
        )
    # The same weight of another layer has the same name but for the number.
    known = {re.sub(r"\d+", "#", name) for name in names if re.search(r"\d", name)}
    beyond = [name for name in unexpected if re.sub(r"\d+", "#", name) in known]
    if beyond:
        raise ModelError(
            f"its files have more layers than config.json says: {counted(len(beyond), 'weight')} more, such as "
            f"{beyond[0]}",
            code="layers-beyond-config",
            where=str(directory),
            fix="to use the first layers only, load them with AutoModel and save them with save_pretrained",
        )


def load_head(directory: Path, wanted: HeadConfig) -> Head:
    """One head of a checkpoint, weights included.

    Args:
        wanted: the head that the task needs. Its class is never taken from the checkpoint, which may be anybody's.

    Raises:
        ModelError: the checkpoint has no such head, or one for other labels.
    """
    task = wanted.task
    path = directory / HEADS
    with translated("heads", directory):
        saved = read_json(path) if path.is_file() else {}
        if task not in saved:
            raise ModelError(
                f"no head for {task}; heads: {', '.join(saved) or 'none'}", code="no-such-head", where=str(path)
            )
        config = HeadConfig.from_json(saved[task], head=wanted.head)
        if config.labels != wanted.labels:
            raise ModelError(
                f"the head of {task} has the labels {', '.join(config.labels)}, the task {', '.join(wanted.labels)}",
                code="labels-of-head-differ",
                where=str(path),
                fix="train the task anew: xharness train",
            )
        if config.settings != wanted.settings:
            was = ", ".join(f"{name} = {value}" for name, value in config.settings.items()) or "none"
            raise ModelError(
                f"the head of {task} was trained with other settings of its own: {was}",
                code="settings-of-head-differ",
                where=str(path),
                fix=_settings_to_give(config.settings, wanted.settings),
            )
        if config.image_encoder != wanted.image_encoder:
            without = "images = none" if not config.image_encoder else ""
            trained = "without images" if without else "on vectors of another image encoder"
            raise ModelError(
                f"the head of {task} was trained {trained}",
                code="image-encoder-of-head-differs",
                where=str(path),
                fix=f"give {without or 'the `image_encoder` that it was trained with'}, or train the task anew: "
                "xharness train",
            )
        head = build_head(config)
        head.load_state_dict(load_file(directory / f"head-{task}.safetensors"))
        return head


def _settings_to_give(trained: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    left = [f"leave out {name}" for name in wanted if name not in trained]
    return " and ".join([*(f"--set {name}={value}" for name, value in trained.items()), *left])


def load_pretrained(head: Head, directory: Path) -> bool:
    """Give a head the weights that a pretrained encoder's own files have for it, if they have all of them.

    Layers that no family has a name for stay as they are.

    Returns:
        Whether they have; else the head is left as it is.
    """
    for family in head.pretrained_names:
        wanted = {name: tensor for name, tensor in head.state_dict().items() if name.partition(".")[0] in family}
        theirs = {f"{family[ours]}{rest}": name for name in wanted for ours, rest in [_layer_of(name, family)]}
        found: dict[str, torch.Tensor] = {}
        for path in weight_files(directory):
            with translated("pretrained weights", directory), safe_open(path, framework="pt") as file:
                for name in file.keys():  # noqa: SIM118  (it is no dictionary)
                    if (known := current_name(name)) in theirs:
                        found[theirs[known]] = file.get_tensor(name)
        if all(name in found and found[name].shape == tensor.shape for name, tensor in wanted.items()):
            head.load_state_dict({**head.state_dict(), **found})
            return True
    return False


def _layer_of(name: str, layers: Iterable[str]) -> tuple[str, str]:
    """The layer that a weight belongs to, and the rest of its name."""
    layer = next(layer for layer in layers if name == layer or name.startswith(f"{layer}."))
    return layer, name[len(layer) :]


def pretrained_head(directory: Path, config: HeadConfig) -> Head:
    """A head with the weights that a pretrained encoder's own files have for it.

    Raises:
        ModelError: they have none.
    """
    head = build_head(config)
    if not load_pretrained(head, directory):
        raise ModelError(
            f"the model has no weights for a head of its own, which {config.task} would be scored with",
            code="no-mask-head",
            where=str(directory),
            fix=f"take a model that has, such as XLM-R, or one trained on {config.task} as an intermediate task",
        )
    return head


def save_checkpoint(
    directory: Path,
    *,
    origin: Path,
    encoder: Mapping[str, torch.Tensor],
    heads: Mapping[str, Mapping[str, torch.Tensor]],
    configs: Mapping[str, HeadConfig],
    before: Mapping[str, str] | None = None,
    pool: Pool | None = None,
) -> None:
    """Write a checkpoint that `AutoModel` and `load_head` read.

    Args:
        directory: created; must not exist.
        origin: the Hugging Face directory that training started from; configuration and tokenizer come from it.
        encoder: the encoder's weights.
        heads: each task's head weights.
        configs: each task's head configuration.
        before: fingerprints of the encoder's tensors as they were in `origin`, by name.
        pool: takes what is as it was in `origin`, so that checkpoints share it; without one, all is written.
    """
    directory.mkdir()
    for path in origin.iterdir():
        # Subfolders hold other forms of the same weights (onnx, openvino).
        if path.is_file() and not any(path.match(pattern) for pattern in (*WEIGHTS, "head-*")):
            (pool.copy if pool else shutil.copy)(path, directory / path.name)
    weights = {k: v.contiguous() for k, v in encoder.items()}
    if pool:
        save_encoder(directory, weights, origin=origin, before=before or {}, pool=pool)
    else:
        save_file(weights, directory / "model.safetensors", FORMAT)
    for task, own in heads.items():
        save_file({k: v.contiguous() for k, v in own.items()}, directory / f"head-{task}.safetensors")
    values = {task: config.to_json() for task, config in configs.items()}
    (directory / HEADS).write_text(json.dumps(values, indent=2))


def _refuse_other_than_encoder(config: Any, directory: Path) -> None:
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    encoder = config.model_type in (*MODEL_FOR_MASKED_LM_MAPPING_NAMES, *OWN_ENCODERS)
    if not encoder or config.is_encoder_decoder or getattr(config, "is_decoder", False):
        raise ModelError(
            f"a model of type {config.model_type} is no encoder",
            code="not-an-encoder",
            where=str(directory),
            fix="give a model that reads in both directions and was trained to fill in masks, such as XLM-R",
        )


@contextlib.contextmanager
def translated(what: str, directory: Path) -> Iterator[None]:
    """Turns whatever the readers of a foreign directory raise into an error that names the directory."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        raise ModelError(
            f"cannot load {what}: {_in_a_line(error)}",
            code="cannot-load-model",
            where=str(directory),
            fix="it must hold config.json, tokenizer files and model.safetensors of an encoder that AutoModel loads",
        ) from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without transformers' progress bars and remarks: what matters is in the `LoadReport`."""
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)


def has_pooler_switch(model_class: Any) -> bool:
    """Whether an encoder of that class can be loaded without its pooler."""
    return "add_pooling_layer" in inspect.signature(model_class.__init__).parameters


def _in_a_line(error: BaseException) -> str:
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message[:300]}"
