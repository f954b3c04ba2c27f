"""An encoder's weights on disk: one file, or several where some of its tensors lie in files that checkpoints share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from harness.errors import SettingsError
from harness.modeling.shape import INDEX, WEIGHTS, tensors, weight_files
from harness.modeling.sharing import LEAST
from harness.outside import read_json

if TYPE_CHECKING:
    from harness.modeling.sharing import Pool

FORMAT = {"format": "pt"}


def fingerprints(encoder: Mapping[str, torch.Tensor]) -> dict[str, str]:
    """SHA-256 of each tensor's type, shape and bits, by its name."""
    return {name: _fingerprint(tensor) for name, tensor in encoder.items()}


def save_encoder(
    directory: Path,
    encoder: Mapping[str, torch.Tensor],
    *,
    origin: Path,
    before: Mapping[str, str],
    pool: Pool,
) -> None:
    """Write an encoder's weights so that those which training left as they were can be shared.

    Args:
        directory: existing, without weights.
        encoder: its tensors, contiguous.
        origin: the model directory that training started from; tensors that share a file there stay together.
        before: fingerprints of the tensors that training started with.
        pool: where shared files are.
    """
    now = fingerprints(encoder)
    kept = {name for name, digest in now.items() if before.get(name) == digest}
    shared, sources = _shared(origin, encoder, kept)
    if not shared:
        save_file(dict(encoder), directory / WEIGHTS, FORMAT)
        return
    trained = sorted(encoder.keys() - {name for names in shared for name in names})
    parts = [*shared, *([trained] if trained else [])]
    places: dict[str, str] = {}
    for number, names in enumerate(parts, start=1):
        file = directory / f"model-{number:05}-of-{len(parts):05}.safetensors"
        part = {name: encoder[name] for name in names}
        if names is trained:
            save_file(part, file, FORMAT)
        else:
            place_shared(part, file, pool, source=sources.get(names[0]))
        places |= dict.fromkeys(names, file.name)
    write_index(directory, places, sum(map(_size, encoder.values())), shared=len(shared))


def place_shared(part: Mapping[str, torch.Tensor], file: Path, pool: Pool, *, source: Path | None = None) -> None:
    """Give a checkpoint a file of tensors that others have, too, or will.

    Args:
        source: a file that has them, if there is one.
    """
    wanted = fingerprints(part)
    key = f"{hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:32]}.safetensors"
    pool.place(
        key,
        file,
        write=lambda path: save_file(dict(part), path, FORMAT),
        same=lambda path: _read_fingerprints(path) == wanted,
        source=source,
    )


def write_index(directory: Path, places: Mapping[str, str], size: int, *, shared: int) -> None:
    """Write which file each tensor is in.

    Args:
        places: file by tensor.
        size: bytes of all tensors.
        shared: how many files, from the first, hold what training left as it was.
    """
    index = {"metadata": {"total_size": size, "shared_files": shared}, "weight_map": dict(sorted(places.items()))}
    (directory / INDEX).write_text(json.dumps(index, indent=2))


def shared_files(directory: Path) -> int:
    """How many of a checkpoint's files of weights, from the first, hold what training left as it was."""
    if not (directory / INDEX).is_file():
        return 0
    try:
        return int(read_json(directory / INDEX)["metadata"]["shared_files"])
    except (ValueError, LookupError, TypeError):
        # Others write no such number, and whether it is an index at all is for those to say who read weights by it.
        return 0


def _shared(
    origin: Path, encoder: Mapping[str, torch.Tensor], kept: Collection[str]
) -> tuple[list[list[str]], dict[str, Path]]:
    """Names of the tensors of each file to share: whole files of the origin first, then the rest of what is kept.

    Returns:
        also the origin's files, by the first of these names.
    """
    rest, groups, sources = set(kept), [], {}
    for file, names in _stored_together(origin):
        if names <= rest and _worthwhile(encoder, names):
            groups.append(sorted(names))
            sources[groups[-1][0]] = file
            rest -= names
    if _worthwhile(encoder, rest):
        groups.append(sorted(rest))
    return groups, sources


def _stored_together(origin: Path) -> list[tuple[Path, set[str]]]:
    try:
        return [(file, set(tensors(file))) for file in weight_files(origin)]
    except (SettingsError, OSError):
        return []


def _worthwhile(encoder: Mapping[str, torch.Tensor], names: Collection[str]) -> bool:
    return sum(_size(encoder[name]) for name in names) >= LEAST


def _read_fingerprints(file: Path) -> dict[str, str] | None:
    """Those of a file's tensors; None where it cannot be read."""
    try:
        return fingerprints(load_file(file))
    except (SafetensorError, OSError):
        return None


def _size(tensor: torch.Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def _fingerprint(tensor: torch.Tensor) -> str:
    found = hashlib.sha256(f"{tensor.dtype} {tuple(tensor.shape)} ".encode())
    found.update(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()
