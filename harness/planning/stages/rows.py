"""The rows of a task as a stage encodes them: which they are, and by what hyper-parameters."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from harness.hyper import Hyper
from harness.perturbations import Transform, condition_name


@dataclass(frozen=True, kw_only=True)
class ImageSet:
    """The images of rows, and what makes vectors of them.

    Attributes:
        encoder: name of the image encoder.
        encoder_digest: of its weights, and of how it reads images.
        content: digest of the content of all images, in whatever order.
        shown: digest of which image each row has.
    """

    encoder: str
    encoder_digest: str
    content: str
    shown: str


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows of one task, split and language; no stage, since reading them is not worth storing.

    Attributes:
        kind: of the task; no part of what digests are made from, which have the task.
        digest: of the rows.
        hyper: the task's own hyper-parameters, of which `encode_with` and `decode_with` name those that count.
        transforms: what was done to the rows, first to last; part of their digest.
        images: of rows that have some, unless the settings leave them out.
    """

    task: str
    kind: str
    task_version: int
    kind_version: int
    split: str
    language: str
    digest: str
    labels: tuple[str, ...]
    hyper: Hyper
    encode_with: tuple[str, ...]
    decode_with: tuple[str, ...]
    transforms: tuple[Transform, ...] = ()
    images: ImageSet | None = None

    @functools.cached_property
    def encoding(self) -> dict[str, Any]:
        """What decides the encoded rows beside the tokenizer, and is in digests."""
        unchanged = self.hyper.unchanged_later()
        # Of an image encoder its content counts, not how it is called here.
        values = self.hyper.named(self.encode_with)
        values.pop("image_encoder", None)
        return {
            "task": self.task,
            "task_version": self.task_version,
            "kind_version": self.kind_version,
            "rows": self.digest,
            "labels": list(self.labels),
            "hyper": {name: value for name, value in values.items() if name not in unchanged},
            **({"images": {"encoder": self.images.encoder_digest, "shown": self.images.shown}} if self.images else {}),
        }

    @functools.cached_property
    def decoding(self) -> dict[str, Any]:
        """What decides predictions beside the encoded rows and the checkpoint."""
        return self.hyper.named(self.decode_with)

    @property
    def decoding_inputs(self) -> dict[str, Any]:
        """What of `decoding` digests are made from."""
        unchanged = self.hyper.unchanged_later()
        return {name: value for name, value in self.decoding.items() if name not in unchanged}

    @property
    def where(self) -> str:
        """Task, split, language and what was done to the rows, in words."""
        changed = f", {condition_name(self.transforms)}" if self.transforms else ""
        changed += ", random labels" if self.split == "train" and self.hyper.random_labels else ""
        return f"{self.task} {self.split} in {self.language}{changed}"
