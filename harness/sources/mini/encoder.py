"""The encoder that comes with mini: pretrained on its corpus, made by scripts/make_mini_encoder.py."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from harness.errors import UserError
from harness.outside import read_json
from harness.sources.mini.vocabulary import GENERATOR_VERSION

DIRECTORY = Path(__file__).parent / "encoder"
SEAL = "seal.json"
SEALED = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


class EncoderError(UserError):
    """The shipped encoder is not the one that belongs to this version of the generator."""


def directory() -> Path:
    """The shipped encoder, an ordinary Hugging Face directory.

    Raises:
        EncoderError: a file was changed, or the encoder was pretrained on another version of the generator.
    """
    check(DIRECTORY)
    return DIRECTORY


def check(encoder: Path) -> None:
    """Refuse an encoder whose files are not those that were sealed, or are of another generator version."""
    try:
        sealed = read_json(encoder / SEAL)
    except (FileNotFoundError, ValueError):
        raise EncoderError(
            "mini's encoder is missing, or its seal is broken",
            code="mini-encoder-broken",
            where=str(encoder),
            fix="install xharness again",
        ) from None
    if sealed["generator_version"] != GENERATOR_VERSION:
        raise EncoderError(
            f"mini's encoder was pretrained on version {sealed['generator_version']} of the generator; "
            f"this is version {GENERATOR_VERSION}",
            code="mini-encoder-outdated",
            where=str(encoder),
            fix="make it again: scripts/make_mini_encoder.py",
        )
    changed = [name for name, digest in _digests(encoder).items() if digest != sealed["sha256"][name]]
    if changed:
        raise EncoderError(
            f"mini's encoder was changed: {', '.join(changed)}",
            code="mini-encoder-broken",
            where=str(encoder),
            fix="install xharness again",
        )


def seal(encoder: Path) -> None:
    """Write down the generator version and the files' sha256."""
    sealed = {"generator_version": GENERATOR_VERSION, "sha256": _digests(encoder)}
    (encoder / SEAL).write_text(json.dumps(sealed, indent=2) + "\n", encoding="utf-8")


def _digests(encoder: Path) -> dict[str, str]:
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest() if (path := encoder / name).is_file() else ""
        for name in SEALED
    }
