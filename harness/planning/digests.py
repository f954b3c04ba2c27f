"""Digests: a stage is known by a hash of everything that can change its result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def digest_of(folder: str, version: int, inputs: Mapping[str, Any]) -> str:
    """Digest of a stage: 16 hexadecimal characters over its folder in the store, its code's version and its inputs."""
    # The word "kind" is what every stored digest was made with.
    text = json.dumps({"kind": folder, "version": version, **inputs}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


NOT_READ = (".*", "*.md", "*.bin", "*.h5", "*.msgpack", "*.onnx", "*.ot", "*.pt")
"""Files of a model directory that nothing here reads: the hub's cache gets them whenever another program wants them."""


def digest_of_directory(directory: Path) -> str:
    """Digest of a model directory's files, by name and content; those that are not read do not count."""
    total = hashlib.sha256()
    for path in sorted(directory.iterdir()):
        if path.is_file() and not any(path.match(pattern) for pattern in NOT_READ):
            with path.open("rb") as file:
                total.update(f"{path.name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\0".encode())
    return total.hexdigest()[:16]
