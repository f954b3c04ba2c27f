"""Kinds whose rows have images: which image encoder makes vectors of them, and what stands in for them in controls."""

from __future__ import annotations

import functools
import hashlib
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.kinds.base import Kind
from harness.rows import CaptionRow, Image, Row
from harness.setting import KindSettings, setting
from harness.tasks import BadRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.hyper import Hyper
    from harness.perturbations import Edit

MOST_BYTES = 50_000_000
"""Of an image file: a photograph has a few million."""


IMAGE = "image"
"""The column of units, and the table of vectors."""
IMAGE_GROUP = "image_group"
"""The column of units that is the same for images that look alike."""


@dataclass(frozen=True, kw_only=True)
class ImageSettings(KindSettings):
    """What kinds read whose rows have images; `Kind.image` then says which."""

    image_encoder: str = setting(
        "encoding",
        "images: what makes vectors of them, of `xharness ls image-encoders`, or a CLIP or SigLIP model by its "
        "directory or hub id",
        default="pixels",
    )
    images: str = setting(
        "encoding",
        "images: real ones; in training, as controls, those of other rows (shuffled) or random vectors; none leaves "
        "them out",
        default="real",
        choices=("real", "shuffled", "random", "none"),
    )


IMAGES_MISSING = 'put the images there, or name their folder in a map of files: images = "FOLDER"'
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".JPG", ".JPEG", ".PNG")
"""Of files that an image may have been renamed to."""


@dataclass(frozen=True, kw_only=True)
class CaptionKind(Kind[CaptionRow]):
    """What kinds share whose rows are captions with images."""

    row_type: ClassVar[type[Row]] = CaptionRow
    settings: ClassVar[type[KindSettings]] = ImageSettings

    def check(self, row: CaptionRow, labels: Sequence[str]) -> None:
        """Refuse blank captions, and captions of images that are not there."""
        del labels
        if not row.text.strip():
            raise BadRow("a blank caption")
        check_image(row.image)

    def texts(self, row: CaptionRow) -> tuple[str, ...]:
        """The caption."""
        return (row.text,)

    def image(self, row: CaptionRow) -> Image:
        """The image that the caption tells of."""
        return row.image

    def group(self, row: CaptionRow) -> str:
        """The image: its captions are drawn together for intervals."""
        return row.image.name

    def edited(self, row: CaptionRow, edit: Edit) -> CaptionRow:
        """Captions are changed."""
        return replace(row, text=edit(row.text, "text"))


def with_own_images(hyper: Hyper) -> Hyper:
    """Hyper-parameters by which each row has its own image, whatever stands in for it in training; or none has one."""
    own = hyper.kind_settings
    if not isinstance(own, ImageSettings) or own.images in ("real", "none"):
        return hyper
    return replace(hyper, kind_settings=replace(own, images="real"))


def check_image(image: Image) -> None:
    """Refuse an image that is not there, as far as can be told without opening it.

    Raises:
        BadRow: it has no name, or neither content nor a file of a size that an image has.
    """
    if not image.name:
        raise BadRow("an image without name")
    if image.content:
        return
    if not image.path:
        raise BadRow(f"nothing says in which folder the image {image.name} lies", outside=IMAGES_MISSING)
    path = Path(image.path)
    try:
        found = path.stat()
    except FileNotFoundError:
        others = [other.name for suffix in SUFFIXES if (other := path.with_suffix(suffix)).exists()]
        renamed = f"; there is {others[0]}" if others else ""
        raise BadRow(f"no such image file: {path}{renamed}", outside=IMAGES_MISSING) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadRow(f"the image file {path} cannot be read: {reason}", outside=IMAGES_MISSING) from None
    if not stat.S_ISREG(found.st_mode):
        raise BadRow(f"{path} is not an image file", outside=IMAGES_MISSING)
    if not 0 < found.st_size <= MOST_BYTES:
        raise BadRow(
            f"the image file {path} has {found.st_size:,} bytes; from 1 to {MOST_BYTES:,} are read",
            outside="fetch the images again, or make them smaller",
        )


def image_content(image: Image) -> bytes:
    """What is in an image's file.

    Raises:
        OSError: it cannot be read.
    """
    return image.content or Path(image.path).read_bytes()


def image_digest(image: Image) -> str:
    """SHA-256 of an image's content; a file is read once as long as its size and time stay.

    Raises:
        OSError: it cannot be read.
    """
    if image.content:
        return hashlib.sha256(image.content).hexdigest()
    found = Path(image.path).stat()
    return _file_digest(image.path, found.st_size, found.st_mtime_ns)


@functools.cache
def _file_digest(path: str, size: int, changed: int) -> str:
    del size, changed
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
