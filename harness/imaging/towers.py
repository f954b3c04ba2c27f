"""Image encoders by directory or hub id: the vision tower of a CLIP or SigLIP model, loaded by transformers."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import SettingsError
from harness.imaging.encoders import ImageEncoder, NetworkEncoder, OpenedImageEncoder
from harness.imaging.preparation import CLIP, SIGLIP, Preparation, read_preparation
from harness.modeling.shape import read_config, tensors, weight_files

if TYPE_CHECKING:
    from torch import Tensor

VERSION = 1
"""Raised when the same image gets another vector."""

CONVERSION = """\
python -c "import transformers as t; n = '{name}'; m = getattr(t, t.AutoConfig.from_pretrained(n).architectures[0]); \
[c.from_pretrained(n).save_pretrained('DIRECTORY') for c in (m, t.AutoImageProcessor)]", then image_encoder=DIRECTORY"""

INSTEAD = (
    "give the directory of a CLIP or SigLIP model, or fetch it into the hub's cache on a machine with a network; the "
    "image encoders pixels and efficientnet-lite0 need no hub"
)


@dataclass(frozen=True)
class Architecture:
    """A type of model that has a vision tower.

    Attributes:
        model: class of transformers that loads the tower alone.
        defaults: how images are prepared where a file does not say it.
    """

    model: str
    defaults: Mapping[str, Any]


ARCHITECTURES = {
    "clip": Architecture("CLIPVisionModel", CLIP),
    "clip_vision_model": Architecture("CLIPVisionModel", CLIP),
    "siglip": Architecture("SiglipVisionModel", SIGLIP),
    "siglip_vision_model": Architecture("SiglipVisionModel", SIGLIP),
}
"""By `model_type`, of a whole model or of a tower that was saved alone."""


def tower(name: str) -> ImageEncoder | None:
    """The vision tower of a directory or a hub id; None if `name` is neither. Nothing is read or fetched yet.

    Args:
        name: with `@` and a revision behind a hub id, that commit, tag or branch.
    """
    is_hub_id = name.partition("@")[0].count("/") == 1 and not name.startswith((".", "/", "~"))
    if not is_hub_id and not (name and Path(name).is_dir()):
        return None
    return ImageEncoder(
        name=name,
        description=f"the vision tower of {name}: what it compares images by, before the projection to texts",
        version=VERSION,
        open=lambda: _opened(name),
        digest=lambda: _digest(name),
    )


def _directory(name: str) -> Path:
    """Where the model's files are, fetched if need be.

    Raises:
        UserError: they are not in the cache and cannot be fetched.
    """
    if Path(name).is_dir():
        return Path(name)
    from harness.modeling.hub import snapshot

    hub_id, _, revision = name.partition("@")
    return snapshot(hub_id, revision, tokenizer=False, instead=INSTEAD)


def _digest(name: str) -> str:
    """Of the weights, of the tower's configuration, and of how images are prepared.

    Raises:
        UserError: the directory has no vision tower, or not all of one.
    """
    directory = _directory(name)
    config = _vision_config(directory)
    preparation = _preparation(directory, config)
    total = hashlib.sha256(json.dumps([config, repr(preparation)], sort_keys=True).encode())
    for file in _weight_files(directory, name):
        status = file.stat()
        total.update(_sha256(file, status.st_size, status.st_mtime_ns).encode())
    return total.hexdigest()[:16]


@functools.lru_cache(maxsize=64)
def _sha256(path: Path, _size: int, _modified: int) -> str:
    """Of a file's content; of several plans in a process the first alone reads it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _opened(name: str) -> OpenedImageEncoder:
    """The tower, on the GPU if there is one.

    Raises:
        UserError: the directory has no vision tower, or not all of one.
    """
    import torch
    import transformers

    from harness.modeling.checkpoints import quiet

    directory = _directory(name)
    config = _vision_config(directory)
    preparation = _preparation(directory, config)
    _weight_files(directory, name)
    model_class = getattr(transformers, ARCHITECTURES[read_config(directory)["model_type"]].model)
    with quiet():
        model, info = model_class.from_pretrained(
            directory,
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    lacking = sorted(info["missing_keys"]) + sorted(name for name, *_ in info["mismatched_keys"])
    if lacking:
        raise SettingsError(
            f"the weights lack parts of the vision tower, or have others: {len(lacking)} in all, such as {lacking[0]}",
            code="weights-do-not-fit-config",
            where=str(directory),
            fix="fetch the model again",
        )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.eval().to(device)

    def pooled(images: Tensor) -> Tensor:
        found: Tensor = model(pixel_values=images.to(device)).pooler_output
        return found

    return NetworkEncoder(model.config.hidden_size, preparation, pooled)


def _vision_config(directory: Path) -> Mapping[str, Any]:
    """The part of config.json that is of the tower.

    Raises:
        SettingsError: the model has no such part.
    """
    config = read_config(directory)
    kind = config.get("model_type")
    vision = config if str(kind).endswith("_vision_model") else config.get("vision_config")
    if kind in ARCHITECTURES and isinstance(vision, dict) and vision.get("vision_use_head", True):
        return vision
    what = f"a model of type {kind or 'unknown'}"
    raise SettingsError(
        f"{what} has no vision tower that gives one vector for an image"
        if kind in ARCHITECTURES
        else f"{what} is no image encoder",
        code="not-an-image-encoder",
        where=str(directory),
        fix="give a CLIP or SigLIP model, or one of `xharness ls image-encoders`",
    )


def _preparation(directory: Path, config: Mapping[str, Any]) -> Preparation:
    """How images are prepared.

    Raises:
        SettingsError: nothing says it, or they would be of another size than the network's.
    """
    defaults = ARCHITECTURES[read_config(directory)["model_type"]].defaults
    found = read_preparation(directory, defaults)
    side = config.get("image_size", 224)
    if (found.height, found.width) != (side, side):
        raise SettingsError(
            f"images are made {found.height} x {found.width} pixels, and the network takes {side} x {side}",
            code="unknown-image-preparation",
            where=str(directory),
            fix="fetch the model again",
        )
    return found


def _weight_files(directory: Path, name: str) -> list[Path]:
    """The files of weights.

    Raises:
        SettingsError: there are none, or not all, or they are cut off or in another format.
    """
    try:
        files = weight_files(directory)
    except SettingsError as error:
        if error.code == "no-safetensors":
            error.fix = f"pickled weights are not read; convert them: {CONVERSION.format(name=name)}"
        raise
    for file in files:
        tensors(file)
    return files
