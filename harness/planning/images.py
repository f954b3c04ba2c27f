"""The images of a split's rows: which there are, and which row has which."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.errors import DataError
from harness.kinds.base import Kind
from harness.kinds.pictured import image_digest
from harness.rows import Image, Row
from harness.sources.base import Split


@dataclass(frozen=True)
class Images:
    """The images of rows.

    Attributes:
        different: by the digest of their content; images of one content are one.
        shown: the digest of each row's.
    """

    different: Mapping[str, Image]
    shown: tuple[str, ...]


def digest_of_lines(lines: Iterable[str]) -> str:
    """SHA-256 of some lines, in their order."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def images_of(kind: Kind[Row], split: Split) -> Images:
    """The images of a split's rows.

    Raises:
        DataError: one cannot be read, two have the same name, or there is one only.
    """
    found: dict[str, Image] = {}
    named: dict[str, tuple[str, Image]] = {}
    shown: list[str] = []
    where = f"{split.task} {split.split} ({split.language})"
    for row in split.rows:
        image = kind.image(row)
        assert image is not None, f"a row of {kind.name} has no image"
        try:
            digest = image_digest(image)
        except OSError as error:
            raise DataError(
                f"the image {image.name} of {where} cannot be read: {error.strerror}",
                code="image-unreadable",
                where=image.path,
                fix="see that it is a file that you may read",
            ) from None
        found.setdefault(digest, image)
        shown.append(digest)
        first, other = named.setdefault(image.name, (digest, image))
        if first != digest:
            raise DataError(
                f"two different images of {where} have the name {image.name}",
                code="image-name-twice",
                where=" and ".join(one.path or "a table's content" for one in (other, image)),
                fix="images of one name count as one: rename one of them, or read the files as separate tasks",
            )
    if len(found) < 2:
        raise DataError(
            f"{where} has one image only, {next(iter(named))}: there is nothing to choose from",
            code="too-few-images",
            where=split.origin,
            fix="give more images, or raise --limit where it cuts the others off",
        )
    return Images(found, tuple(shown))
