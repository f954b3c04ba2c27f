"""A vocabulary without the tokens that some texts do not use: cut from a model, and put back.

Texts are still read by the whole tokenizer; the ids that it gives are counted anew among those kept. So a trimmed model
computes what the whole one does, but for guesses of masked tokens, which are among the kept ones.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import UserError
from harness.modeling.shape import CONFIG, POSITIONS_AFTER_PADDING, VOCABULARY, padding_id, read_config, weight_files
from harness.outside import read_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from harness.kinds.encoding import TextEncoder
    from harness.kinds.features import Features
    from harness.modeling.heads.base import HeadConfig

FILE = "trimmed.json"
"""Beside the weights of a trimmed model: the ids that are kept, ascending, and the digest of the whole model."""

HEADS = "heads.json"
SHOWN = 5


@dataclasses.dataclass(frozen=True)
class _Description:
    """What that file says.

    Attributes:
        model: digest of the whole model.
        kept: ids that are kept.
    """

    model: str
    kept: list[int]


class CutToken(UserError):
    """A text has tokens that a trimmed model no longer has."""


def kept_ids(directory: Path) -> NDArray[np.int64] | None:
    """The tokenizer's ids of a trimmed model's rows, ascending; None where the model is whole."""
    import numpy as np

    if not (directory / FILE).is_file():
        return None
    return np.asarray(_described(directory).kept, np.int64)


def whole_model(directory: Path) -> str:
    """Digest of the model that a trimmed one was cut from."""
    return _described(directory).model


def _described(directory: Path) -> _Description:
    try:
        return msgspec.convert(read_json(directory / FILE), _Description)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise UserError(
            f"what says which tokens a trimmed model has cannot be used: {error}",
            code="trimming-unknown",
            where=str(directory / FILE),
            fix="copy the checkpoint anew, or train again",
        ) from None


def trim(model: Path, directory: Path, used: Iterable[int], encoder: TextEncoder, *, digest: str) -> int:
    """Write a model with the rows of some tokens and of all special ones.

    Args:
        model: a whole model.
        directory: existing and empty.
        used: ids of tokens to keep.
        encoder: the model's.
        digest: of the whole model.

    Returns:
        How many tokens are kept.

    Raises:
        UserError: the model has no such vocabulary.
    """
    from safetensors.torch import load_file, save_file

    config = read_config(model)
    sizes = {name: config[name] for name in VOCABULARY if name in config}
    if not sizes:
        raise UserError(
            f"the vocabulary of a model of type {config.get('model_type')} cannot be trimmed",
            code="cannot-trim",
            where=str(model),
            fix="leave --trim-vocab out",
        )
    size = next(iter(sizes.values()))
    alike = [name for name, value in config.items() if value == size and name not in sizes]
    if alike:
        raise UserError(
            f"{alike[0]} is {size}, like the size of the vocabulary, so that its weights cannot be told from tokens",
            code="cannot-trim",
            where=str(model),
            fix="leave --trim-vocab out",
        )
    special = {name: i for name, i in config.items() if name.endswith("_token_id") and isinstance(i, int)}
    wanted = {*used, *encoder.special_ids, encoder.filler_id, *special.values()}
    if config.get("model_type") in POSITIONS_AFTER_PADDING:
        # The number of the padding's row decides which positions tokens have.
        wanted |= set(range(padding_id(config) + 1))
    kept = sorted(i for i in wanted if 0 <= i < size)
    place = {i: row for row, i in enumerate(kept)}
    weights = weight_files(model)
    heads = list(model.glob("head-*.safetensors"))
    for file in (*weights, *heads):
        tensors = {name: _rows(tensor, size, kept) for name, tensor in load_file(file).items()}
        save_file(tensors, directory / file.name, {"format": "pt"})
    written = {file.name for file in (*weights, *heads)}
    for file in model.iterdir():
        if file.is_file() and file.name not in (*written, "manifest.json") and file.suffix != ".bin":
            shutil.copyfile(file, directory / file.name)
    changed = dict.fromkeys(sizes, len(kept)) | {name: place[i] for name, i in special.items() if i in place}
    (directory / CONFIG).write_text(json.dumps(config | changed, indent=2))
    if (model / HEADS).is_file():
        _write_heads(directory, read_json(model / HEADS), size, len(kept))
    (directory / FILE).write_text(json.dumps({"model": digest, "tokens": size, "kept": kept}))
    return len(kept)


def restore(checkpoint: Path, model: Path, directory: Path, head_class: Callable[[str], str]) -> None:
    """Write a checkpoint of a trimmed model with all rows: its own, and those that were cut, from the whole model.

    Args:
        checkpoint: of the trimmed model, or of phases that started from it.
        model: the whole model.
        directory: created; must not exist.
        head_class: `module:Class` of a task's head.
    """
    import torch
    from safetensors.torch import load_file

    from harness.modeling.checkpoints import load_encoder, save_checkpoint
    from harness.modeling.heads.base import HeadConfig

    kept = kept_ids(checkpoint)
    assert kept is not None
    rows = torch.from_numpy(kept)
    whole, trained = load_encoder(model)[0].state_dict(), load_encoder(checkpoint)[0].state_dict()
    encoder = {name: _restored(tensor, whole[name], rows) for name, tensor in trained.items()}
    file = checkpoint / HEADS
    saved: Mapping[str, Any] = read_json(file) if file.is_file() else {}
    size = whole_size(model)
    heads, configs = {}, {}
    for task, values in saved.items():
        tensors = load_file(checkpoint / f"head-{task}.safetensors")
        configs[task] = HeadConfig.from_json(values, head="")
        if values.get("vocabulary") == len(kept):
            configs[task] = dataclasses.replace(configs[task], vocabulary=size)
        if any(tensor.ndim and tensor.shape[0] == len(kept) for tensor in tensors.values()):
            of_whole = _whole_head(dataclasses.replace(configs[task], head=head_class(task)), model)
            tensors = {name: _restored(tensor, of_whole[name], rows) for name, tensor in tensors.items()}
        heads[task] = tensors
    save_checkpoint(directory, origin=model, encoder=encoder, heads=heads, configs=configs)


def _whole_head(config: HeadConfig, model: Path) -> Mapping[str, Tensor]:
    """Weights of a head of all tokens before it was trained: a checkpoint's, the pretrained ones, or new ones."""
    from safetensors.torch import load_file

    from harness.modeling.checkpoints import load_pretrained
    from harness.modeling.heads.base import build_head

    file = model / f"head-{config.task}.safetensors"
    if file.is_file():
        return load_file(file)
    head = build_head(config)
    load_pretrained(head, model)
    return head.state_dict()


def whole_size(model: Path) -> int:
    """Number of rows of a model's embeddings, by its configuration."""
    config = read_config(model)
    return next(int(config[name]) for name in VOCABULARY if name in config)


def count_anew(features: Features, kept: NDArray[np.int64], encoder: TextEncoder, what: str) -> Features:
    """Features with ids of a trimmed model.

    Args:
        kept: see `kept_ids`.
        what: the rows, for the error.

    Raises:
        CutToken: some of them are not kept.
    """
    import numpy as np

    found = np.unique(features.ids)
    cut = np.setdiff1d(found, kept)
    if len(cut):
        shown = ", ".join(encoder.token(i) for i in cut[:SHOWN].tolist())
        more = f" and {len(cut) - SHOWN} more" if len(cut) > SHOWN else ""
        raise CutToken(
            f"{what} has tokens that --trim-vocab has cut from the model: {shown}{more}",
            code="token-cut-off",
            fix="name a suite that has the task, or leave --trim-vocab out; rows that --limit had left out, and a "
            "larger max_length or --perturb, bring new tokens, too",
        )
    masking = features.masking
    if masking:
        (mask_id, *special) = np.searchsorted(kept, [masking.mask_id, *masking.special_ids]).tolist()
        masking = dataclasses.replace(masking, mask_id=mask_id, special_ids=tuple(special), vocabulary=len(kept))
    ids = np.searchsorted(kept, features.ids).astype(np.int32)
    return dataclasses.replace(features, ids=ids, masking=masking, directory=None)


def _rows(tensor: Tensor, size: int, kept: list[int]) -> Tensor:
    return tensor[kept].contiguous() if tensor.ndim and tensor.shape[0] == size else tensor


def _restored(tensor: Tensor, whole: Tensor, rows: Tensor) -> Tensor:
    if tensor.shape == whole.shape:
        return tensor
    restored = whole.clone()
    restored[rows] = tensor
    return restored


def _write_heads(directory: Path, heads: Mapping[str, Any], size: int, kept: int) -> None:
    for values in heads.values():
        if values.get("vocabulary") == size:
            values["vocabulary"] = kept
    (directory / HEADS).write_text(json.dumps(heads, indent=2))
